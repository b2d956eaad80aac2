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
