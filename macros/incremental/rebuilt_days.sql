{# The days that `--event-time-start` (inclusive) and `--event-time-end` (exclusive) ask to rebuild, as texts; empty in a normal run. #}
{% macro rebuilt_days() -%}
    {%- set days = [] -%}
    {%- if flags.EVENT_TIME_START and flags.EVENT_TIME_END -%}
        {%- for offset in range((flags.EVENT_TIME_END.date() - flags.EVENT_TIME_START.date()).days) -%}
            {%- do days.append((flags.EVENT_TIME_START.date() + modules.datetime.timedelta(days=offset)) | string) -%}
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
