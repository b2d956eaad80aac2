{# Raises a compiler error unless `value` is a list; without `may_be_empty` it must hold something. #}
{% macro must_be_list(argument, value, may_be_empty=false) %}
    {%- if value is string or value is mapping or (value and value is not iterable) or not (value or may_be_empty) -%}
        {%- set wanted = "a list" if may_be_empty else "a list that is not empty" -%}
        {{ exceptions.raise_compiler_error("`" ~ argument ~ "` must be " ~ wanted ~ ". Got: '" ~ value ~ "'.") }}
    {%- endif -%}
{% endmacro %}
