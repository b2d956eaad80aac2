{# Text without surrounding white space; blank is null. The characters are named because engines differ in what `trim` removes. #}
{% macro text_or_null(column) -%}
    nullif(trim(cast({{ column }} as string), ' ' || chr(9) || chr(10) || chr(13)), '')
{%- endmacro %}
