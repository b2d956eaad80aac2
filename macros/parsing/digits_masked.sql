{# Text with every digit turned into 0: its shape, to compare with allowed shapes without a regular expression. #}
{% macro digits_masked(text) -%}
    translate({{ text }}, '123456789', '000000000')
{%- endmacro %}
