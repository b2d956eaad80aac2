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

{#
    What a purge of raw would do, as a query: one row per raw table with the number of records that arrived before a day, how many of them
    staging does not have yet, and what stands against deleting there at all (null if nothing does).
#}
{% macro raw_purge_plan(keep_from) %}
    {%- for source, base in purgeable_tables() %}
        {%- set raw = adapter.get_relation(source.database, source.schema, source.identifier) -%}
        {%- set stored = load_relation(relation_of(base)) -%}
        {%- set problem = purge_problem(source, raw, base, stored) -%}
        {%- set where_old = 'where ' ~ arrived_before(keep_from, 'raw_records.loaded_at') %}
        select
            '{{ source.name }}' as table_name,
            cast({{ dbt.string_literal(problem) if problem else 'null' }} as {{ dbt.type_string() }}) as problem,
            {%- if problem %}
            0 as record_count,
            0 as unknown_count
            {%- else %}
            (select count(*) from {{ raw }} as raw_records {{ where_old }}) as record_count,
            (
                select count(*) from {{ raw }} as raw_records
                {{ where_old }} and not {{ is_stored(stored, keep_from) }}
            ) as unknown_count
            {%- endif %}
        {{ 'union all' if not loop.last }}
    {%- else %}
        select '' as table_name, '' as problem, 0 as record_count, 0 as unknown_count limit 0
    {%- endfor %}
{% endmacro %}

{# Each raw table (a source) with the `base_` model that reads it. #}
{% macro purgeable_tables() -%}
    {%- set tables = [] -%}
    {%- for source in (graph.sources or {}).values() | selectattr('source_name', 'equalto', 'raw') | sort(attribute='name') -%}
        {%- for node in graph.nodes.values() if source.unique_id in node.depends_on.nodes and node.resource_type == 'model' -%}
            {%- if is_lasting_record(node) -%}
                {%- do tables.append((source, node)) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(tables if execute else []) }}
{%- endmacro %}

{# Why records of a raw table cannot be deleted, whichever they are; none when they can. #}
{% macro purge_problem(source, raw, base, stored) -%}
    {%- set name = source.schema ~ '.' ~ source.identifier -%}
    {%- if raw is none -%}
        {{ return('there is no table ' ~ name) }}
    {%- elif raw.type != 'table' -%}
        {{ return(name ~ ' is a ' ~ raw.type) }}
    {%- elif stored is none -%}
        {{ return(base.name ~ ' has not been built') }}
    {%- endif -%}
    {%- set changed = changed_variables(progress_of(stored) or {}) -%}
    {{ return(base.name ~ ' was built with ' ~ changed | join(', ') if changed else none) }}
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
