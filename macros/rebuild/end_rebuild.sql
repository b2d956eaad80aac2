{# Drops the rebuilt version of a model, which was swapped in or is not wanted. #}
{% macro end_rebuild(model) -%}
    {%- set rebuilt = table_aside(model, 'rebuilt') -%}
    {%- do run_query('drop table if exists ' ~ rebuilt) -%}
    {%- do run_in_one_step(forget_table_aside(rebuilt)) -%}
{%- endmacro %}
