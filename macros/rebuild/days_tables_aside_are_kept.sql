{# How many days the rows before a swap, and a rebuilt version that nobody swapped in, are kept. #}
{% macro days_tables_aside_are_kept() -%}
    {{ return(7) }}
{%- endmacro %}
