{# The distinct dates of what new_records() gave, as SQL literals, so that stored records of other days are not looked at. #}
{% macro dates_of_new_records(new_records, date_expression) -%}
    {%- if is_incremental_run() -%}
        {{ return(dates_in('select distinct ' ~ date_expression ~ ' from ' ~ new_records)) }}
    {%- endif -%}
    {{ return(date_literals([])) }}
{%- endmacro %}
