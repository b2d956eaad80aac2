{# Text as INT64; null where it is not an integer or beyond INT64. #}
{% macro integer_or_null(text) -%}
    case when {{ is_integer_text(text) }} then {{ cast_or_null(text, 'int64') }} end
{%- endmacro %}
