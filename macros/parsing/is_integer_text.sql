{# Whether text is an optional sign and digits. Casts alone differ: DuckDB reads '1.5', '1_0' and '1e2' as integers. #}
{% macro is_integer_text(text) -%}
    (ltrim(substr({{ text }}, 1, 1), '+-0123456789') = '' and ltrim(substr({{ text }}, 2), '0123456789') = '')
{%- endmacro %}
