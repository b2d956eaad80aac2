{# Text without spaces around it; nothing but spaces is null. Plain `trim` takes away other characters on BigQuery. #}
{% macro text_or_null(column) -%}
    {{ return(adapter.dispatch('text_or_null')(column)) }}
{%- endmacro %}

{% macro default__text_or_null(column) -%}
    nullif(trim(cast({{ column }} as string)), '')
{%- endmacro %}

{% macro bigquery__text_or_null(column) -%}
    nullif(trim(cast({{ column }} as string), ' '), '')
{%- endmacro %}
