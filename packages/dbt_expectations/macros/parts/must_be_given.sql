{# Raises a compiler error when an argument without a default was left out. #}
{% macro must_be_given(argument, value) %}
    {%- if value is not defined or value is none -%}
        {{ exceptions.raise_compiler_error("`" ~ argument ~ "` must be given.") }}
    {%- endif -%}
{% endmacro %}
