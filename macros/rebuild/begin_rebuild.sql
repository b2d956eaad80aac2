{# Before a model is built into a shadow table: drops what an earlier rebuild left, and lists the table to come, so that it is dropped one day. #}
{% macro begin_rebuild(model) -%}
    {%- do check_shadow_tables(model) -%}
    {%- set rebuilt = shadow_table(model, 'rebuilt') -%}
    {%- do run_query(
        'create table if not exists ' ~ shadow_tables() ~ ' (table_name ' ~ dbt.type_string() ~ ', made_at ' ~ dbt.type_timestamp()
        ~ ', present_fingerprint ' ~ dbt.type_string() ~ ', rebuilt_fingerprint ' ~ dbt.type_string() ~ ')'
    ) -%}
    {%- do run_query('drop table if exists ' ~ rebuilt) -%}
    {%- do run_in_one_step(record_shadow_table(rebuilt)) -%}
{%- endmacro %}

{# Drops the rebuilt version of a model, which was swapped in or is not wanted. #}
{% macro end_rebuild(model) -%}
    {%- set rebuilt = shadow_table(model, 'rebuilt') -%}
    {%- do run_query('drop table if exists ' ~ rebuilt) -%}
    {%- do run_in_one_step(forget_shadow_table(rebuilt)) -%}
{%- endmacro %}

{# After a comparison: notes what was compared, so that nothing else is swapped. #}
{% macro note_comparison(model, present_fingerprint, rebuilt_fingerprint) -%}
    {%- do run_in_one_step(record_shadow_table(shadow_table(model, 'rebuilt'), present_fingerprint, rebuilt_fingerprint)) -%}
{%- endmacro %}

{# Stops what would drop or replace something beside a model that `make rebuild` has not made. #}
{% macro check_shadow_tables(model) -%}
    {%- set others = not_made_by_rebuild(model) -%}
    {%- if others -%}
        {%- do exceptions.raise_compiler_error('These were not made by `make rebuild`, which would replace them: ' ~ others | join(', ')) -%}
    {%- endif -%}
{%- endmacro %}

{# What has the name of one of a model's shadow tables and is not on the list of them, as a list of names with their schemas. #}
{% macro not_made_by_rebuild(model) -%}
    {%- set others = [] -%}
    {%- for relation in [shadow_table(model, 'rebuilt'), shadow_table(model, 'previous')] if execute and load_relation(relation) is not none -%}
        {%- set query = 'select count(*) from ' ~ shadow_tables() ~ ' where table_name = ' ~ name_in_schema(relation) -%}
        {%- if load_relation(shadow_tables()) is none or run_query(query).columns[0].values()[0] == 0 -%}
            {%- do others.append(relation.schema ~ '.' ~ relation.identifier) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(others) }}
{%- endmacro %}
