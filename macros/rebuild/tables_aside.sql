{#
    The list of tables that stand beside models for a while. One row per table: its schema and name as SQL writes them, when it
    was made, and the fingerprints of the two tables that `make rebuild` has compared (null before and for others).
#}
{% macro tables_aside() -%}
    {{ return(api.Relation.create(
        database=target.database,
        schema=generate_schema_name('observability', none) | trim,
        identifier='tables_aside',
        type='table'
    )) }}
{%- endmacro %}

{# The relation beside a model's own: `rebuilt` (its new version) or `previous` (its rows before the last swap). #}
{% macro table_aside(model, kind) -%}
    {%- set present = ref(model) -%}
    {{ return(api.Relation.create(
        database=present.database, schema=present.schema, identifier=model ~ '__' ~ kind, type='table'
    )) }}
{%- endmacro %}

{# How long the rows before a swap, and a rebuilt version that nobody swapped in, are kept: seven days. #}
{% macro seconds_tables_aside_are_kept() -%}
    {{ return(7 * 86400) }}
{%- endmacro %}

{# Writes a table into the list of tables aside, in the place of what the list said of it: two statements. #}
{% macro note_table_aside(relation, present_fingerprint=none, rebuilt_fingerprint=none) %}
    {{ forget_table_aside(relation) }}
    insert into {{ tables_aside() }} (table_name, made_at, present_fingerprint, rebuilt_fingerprint)
    values (
        {{ name_in_schema(relation) }},
        {{ dbt.current_timestamp() }},
        {{ dbt.string_literal(present_fingerprint) if present_fingerprint is not none else 'null' }},
        {{ dbt.string_literal(rebuilt_fingerprint) if rebuilt_fingerprint is not none else 'null' }}
    );
{% endmacro %}

{# Takes a table off the list of tables aside: one statement. #}
{% macro forget_table_aside(relation) %}
    delete from {{ tables_aside() }} where table_name = {{ name_in_schema(relation) }};
{% endmacro %}

{# Schema and name of a relation as a text literal. Not the database, which on DuckDB is named like the file and moves with it. #}
{% macro name_in_schema(relation) -%}
    {{ dbt.string_literal(relation.include(database=false) | string) }}
{%- endmacro %}

{# An on-run-end hook: drops tables aside that have been kept long enough. One query, and none before the first rebuild. #}
{% macro drop_expired_tables_aside() -%}
    {%- if execute and load_relation(tables_aside()) is not none -%}
        {%- set expired -%}
            select table_name from {{ tables_aside() }}
            where
                {{ plus_seconds('made_at', seconds_tables_aside_are_kept()) }}
                < cast({{ dbt.current_timestamp() }} as {{ dbt.type_timestamp() }})
        {%- endset -%}
        {%- for table_name in run_query(expired).columns[0].values() -%}
            {%- do run_query('drop table if exists ' ~ table_name) -%}
            {%- do run_in_one_step(
                'delete from ' ~ tables_aside() ~ ' where table_name = ' ~ dbt.string_literal(table_name) ~ ';'
            ) -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}

{# Stops what would drop or replace something beside a model that `make rebuild` has not made. #}
{% macro check_tables_aside(model) -%}
    {%- set others = not_made_aside(model) -%}
    {%- if others -%}
        {%- do exceptions.raise_compiler_error('These were not made by `make rebuild`, which would replace them: ' ~ others | join(', ')) -%}
    {%- endif -%}
{%- endmacro %}

{# What has the name of one of a model's tables aside and is not on the list of them, as a list of names with their schemas. #}
{% macro not_made_aside(model) -%}
    {%- set others = [] -%}
    {%- for relation in [table_aside(model, 'rebuilt'), table_aside(model, 'previous')] if execute and load_relation(relation) is not none -%}
        {%- set query = 'select count(*) from ' ~ tables_aside() ~ ' where table_name = ' ~ name_in_schema(relation) -%}
        {%- if load_relation(tables_aside()) is none or run_query(query).columns[0].values()[0] == 0 -%}
            {%- do others.append(relation.schema ~ '.' ~ relation.identifier) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(others) }}
{%- endmacro %}

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

{# Drops the rebuilt version of a model, which was swapped in or is not wanted. #}
{% macro end_rebuild(model) -%}
    {%- set rebuilt = table_aside(model, 'rebuilt') -%}
    {%- do run_query('drop table if exists ' ~ rebuilt) -%}
    {%- do run_in_one_step(forget_table_aside(rebuilt)) -%}
{%- endmacro %}

{# After a comparison: notes what was compared, so that nothing else is swapped. #}
{% macro note_comparison(model, present_fingerprint, rebuilt_fingerprint) -%}
    {%- do run_in_one_step(note_table_aside(table_aside(model, 'rebuilt'), present_fingerprint, rebuilt_fingerprint)) -%}
{%- endmacro %}
