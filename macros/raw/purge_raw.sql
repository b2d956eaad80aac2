{#
    Deletes the raw records that arrived before a day (UTC, as text) and that staging has, and writes down from when on raw is kept: all in
    one transaction. A record that has come in the meantime stays.
#}
{% macro purge_raw(keep_from) -%}
    {%- do run_query(
        'create table if not exists ' ~ raw_purges() ~ ' (kept_from date, purged_at ' ~ dbt.type_timestamp() ~ ')'
    ) -%}
    {%- set statements = [] -%}
    {%- for source, base in purgeable_tables() -%}
        {%- set raw = adapter.get_relation(source.database, source.schema, source.identifier) -%}
        {%- do statements.append(
            'delete from ' ~ raw ~ ' as raw_records where ' ~ arrived_before(keep_from, 'raw_records.loaded_at')
            ~ ' and ' ~ is_stored(relation_of(base), keep_from) ~ ';'
        ) -%}
    {%- endfor -%}
    {%- do statements.append(
        'insert into ' ~ raw_purges() ~ " (kept_from, purged_at) values (date '" ~ keep_from ~ "', cast("
        ~ dbt.current_timestamp() ~ ' as ' ~ dbt.type_timestamp() ~ '));'
    ) -%}
    {%- do run_in_one_step(statements | join('\n')) -%}
{%- endmacro %}

{# Each raw table (a source) with the `base_` model that reads it. #}
{% macro purgeable_tables() -%}
    {%- set tables = [] -%}
    {%- for source in (graph.sources or {}).values() | selectattr('source_name', 'equalto', 'raw') | sort(attribute='name') -%}
        {%- for node in lasting_records() if source.unique_id in node.depends_on.nodes -%}
            {%- do tables.append((source, node)) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(tables if execute else []) }}
{%- endmacro %}

{# A predicate on `raw_records` that arrived before a day: a `base_` table, given as a relation, has the record. #}
{% macro is_stored(stored, keep_from) -%}
    exists (
        select 1
        from {{ stored }} as stored_records
        where
            {{ is_same_arrival('stored_records', 'raw_records') }}
            and {{ arrived_before(keep_from, 'stored_records.loaded_at') }}
    )
{%- endmacro %}
