{# `is_incremental()` for macros: unit tests give a model its inputs and build it in full, and have no table of their own to ask about. #}
{% macro is_incremental_run() -%}
    {{ return(execute and model.resource_type != 'unit_test' and is_incremental()) }}
{%- endmacro %}
