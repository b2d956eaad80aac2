{# The days that `--event-time-start` (inclusive) and `--event-time-end` (exclusive) ask to rebuild, as texts; empty in a normal run. #}
{% macro rebuilt_days() -%}
    {%- set days = [] -%}
    {#- dbt has these two among the arguments only, not in `flags`. -#}
    {%- set first = invocation_args_dict.event_time_start -%}
    {%- set end = invocation_args_dict.event_time_end -%}
    {%- if first and end -%}
        {%- for offset in range((end.date() - first.date()).days) -%}
            {%- do days.append((first.date() + modules.datetime.timedelta(days=offset)) | string) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(days) }}
{%- endmacro %}

{# Dates as a list of SQL literals, never empty: no record has the first of them. #}
{% macro date_literals(dates) -%}
    {%- for date in (['0001-01-01'] + dates | map('string') | list) | unique -%}
        date '{{ date }}'{{ ', ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}
