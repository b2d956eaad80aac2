{# The value as another type, or null where it cannot be read as one. #}
{% macro cast_or_null(expression, type) -%}
    {{ return(adapter.dispatch('cast_or_null')(expression, type)) }}
{%- endmacro %}

{% macro default__cast_or_null(expression, type) -%}
    try_cast({{ expression }} as {{ type }})
{%- endmacro %}

{% macro bigquery__cast_or_null(expression, type) -%}
    safe_cast({{ expression }} as {{ type }})
{%- endmacro %}
