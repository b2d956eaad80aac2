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

{# The dates that a query returns in its only column, those that are rebuilt, and a number of days before and after each, as SQL literals. #}
{% macro dates_in(query, margin=0) -%}
    {%- set dates = rebuilt_days() -%}
    {%- for date in (run_query(query).columns[0].values() if execute else []) if date is not none -%}
        {%- for offset in range(-margin, margin + 1) -%}
            {%- do dates.append((date + modules.datetime.timedelta(days=offset)) | string) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(date_literals(dates | unique | sort)) }}
{%- endmacro %}
