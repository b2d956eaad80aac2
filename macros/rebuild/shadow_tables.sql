{#
    The list of shadow tables, which stand beside models for a while: `observability.tables_aside`. One row per table: its schema and name as
    SQL writes them, when it was made, and the fingerprints of the two tables that `make rebuild` has compared (null before and for others).
#}
{% macro shadow_tables() -%}
    {{ return(api.Relation.create(
        database=target.database,
        schema=generate_schema_name('observability', none) | trim,
        identifier='tables_aside',
        type='table'
    )) }}
{%- endmacro %}

{# A shadow table of a model: `rebuilt` (its new version) or `previous` (its rows before the last swap). #}
{% macro shadow_table(model, kind) -%}
    {%- set present = ref(model) -%}
    {{ return(api.Relation.create(
        database=present.database, schema=present.schema, identifier=model ~ '__' ~ kind, type='table'
    )) }}
{%- endmacro %}

{# How long the rows before a swap, and a rebuilt version that nobody swapped in, are kept: seven days. #}
{% macro seconds_shadow_tables_are_kept() -%}
    {{ return(7 * 86400) }}
{%- endmacro %}

{# Writes a table into the list of shadow tables, in the place of what the list said of it: two statements. #}
{% macro record_shadow_table(relation, present_fingerprint=none, rebuilt_fingerprint=none) %}
    {{ forget_shadow_table(relation) }}
    insert into {{ shadow_tables() }} (table_name, made_at, present_fingerprint, rebuilt_fingerprint)
    values (
        {{ name_in_schema(relation) }},
        {{ dbt.current_timestamp() }},
        {{ dbt.string_literal(present_fingerprint) if present_fingerprint is not none else 'null' }},
        {{ dbt.string_literal(rebuilt_fingerprint) if rebuilt_fingerprint is not none else 'null' }}
    );
{% endmacro %}

{# Takes a table off the list of shadow tables: one statement. #}
{% macro forget_shadow_table(relation) %}
    delete from {{ shadow_tables() }} where table_name = {{ name_in_schema(relation) }};
{% endmacro %}

{# Schema and name of a relation as a text literal. Not the database, which on DuckDB is named like the file and moves with it. #}
{% macro name_in_schema(relation) -%}
    {{ dbt.string_literal(relation.include(database=false) | string) }}
{%- endmacro %}

{# An on-run-end hook: drops shadow tables that have been kept long enough. One query, and none before the first rebuild. #}
{% macro drop_expired_shadow_tables() -%}
    {%- if execute and load_relation(shadow_tables()) is not none -%}
        {%- set expired -%}
            select table_name from {{ shadow_tables() }}
            where
                {{ plus_seconds('made_at', seconds_shadow_tables_are_kept()) }}
                < cast({{ dbt.current_timestamp() }} as {{ dbt.type_timestamp() }})
        {%- endset -%}
        {%- for table_name in run_query(expired).columns[0].values() -%}
            {%- do run_query('drop table if exists ' ~ table_name) -%}
            {%- do run_in_one_step(
                'delete from ' ~ shadow_tables() ~ ' where table_name = ' ~ dbt.string_literal(table_name) ~ ';'
            ) -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}
