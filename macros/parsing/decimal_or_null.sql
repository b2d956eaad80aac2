{# Text as exact decimal, rounded half away from zero at the ninth digit; null where it is not plain digits with at most one point. #}
{% macro decimal_or_null(text) -%}
    case when ltrim({{ text }}, '+-.0123456789') = '' then {{ cast_or_null(text, 'numeric(38, 9)') }} end
{%- endmacro %}
