{# Before a model is built aside: drops what an earlier rebuild left, and notes the table to come, so that it goes some day. #}
{% macro begin_rebuild(model) -%}
    {%- do check_tables_aside(model) -%}
    {%- set rebuilt = table_aside(model, 'rebuilt') -%}
    {%- do run_query(
        'create table if not exists ' ~ tables_aside() ~ ' (table_name ' ~ dbt.type_string() ~ ', made_at ' ~ dbt.type_timestamp()
        ~ ', present_fingerprint ' ~ dbt.type_string() ~ ', rebuilt_fingerprint ' ~ dbt.type_string() ~ ')'
    ) -%}
    {%- do run_query('drop table if exists ' ~ rebuilt) -%}
    {%- do run_in_one_step(note_table_aside(rebuilt)) -%}
{%- endmacro %}
