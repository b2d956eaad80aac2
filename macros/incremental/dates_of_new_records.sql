{# The distinct dates of the records that new_records() reads, as SQL literals, so that stored records of other days are not looked at. #}
{% macro dates_of_new_records(raw_table_name, date_expression) -%}
    {%- if is_incremental_run() -%}
        {{ return(dates_in('select distinct ' ~ date_expression ~ ' from ' ~ new_records(raw_table_name))) }}
    {%- endif -%}
    {{ return(date_literals([])) }}
{%- endmacro %}
