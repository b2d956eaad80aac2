{# A column's value in a form that `is distinct from` and a cast to text take on every engine. #}
{% macro comparable(value, data_type) -%}
    {{ return(adapter.dispatch('comparable')(value, data_type)) }}
{%- endmacro %}

{% macro default__comparable(value, data_type) -%}
    {{ value }}
{%- endmacro %}

{% macro bigquery__comparable(value, data_type) -%}
    {%- set is_nested = data_type.upper().startswith(('ARRAY', 'STRUCT', 'RECORD', 'JSON')) -%}
    {{ 'to_json_string(' ~ value ~ ')' if is_nested else value }}
{%- endmacro %}
