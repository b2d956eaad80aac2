{#
    What this run replaces of an incremental model: the units, named by the columns of its `unique_key`, whose rows may be different now. Written in
    the model as `call scope()` around a query of these columns. It is worked out once, into a table for this run, which `in_scope()` and the
    strategy `replace_scope` read. Where a unit is a day, days that are rebuilt are in it whatever the query says.
#}
{% macro scope() -%}
    {%- if not execute -%}
        {%- do caller() -%}
    {%- elif is_for_checksum() -%}
        {{ caller() }}
    {%- elif is_incremental() -%}
        {%- set columns = create_scope_table(with_rebuilt_days(caller())) -%}
        {%- set missing = config.get('unique_key') | reject('in', columns) | join(', ') -%}
        {%- if missing -%}
            {%- do exceptions.raise_compiler_error(
                'The scope of ' ~ model.name ~ ' does not have ' ~ missing ~ ': it must name every column of unique_key.'
            ) -%}
        {%- endif -%}
        {%- do plan().update({'has_scope': true}) -%}
    {%- endif -%}
{%- endmacro %}

{# Makes the table of the scope, and returns the names of its columns. #}
{% macro create_scope_table(scope) -%}
    {{ return(adapter.dispatch('create_scope_table')(scope)) }}
{%- endmacro %}

{% macro duckdb__create_scope_table(scope) -%}
    {{ return(run_query(
        ("attach if not exists ':memory:' as scopes; create or replace table " ~ scope_table() if dbt_version.startswith('2.')
            else 'create or replace temporary table ' ~ adapter.quote(scope_table().identifier))
        ~ ' as ' ~ scope ~ '; select column_name from (describe ' ~ scope_table() ~ ')'
    ).columns[0].values()) }}
{%- endmacro %}

{% macro bigquery__create_scope_table(scope) -%}
    {%- do run_query(
        'create or replace table ' ~ scope_table() ~ ' options (expiration_timestamp = timestamp_add(current_timestamp(), interval 12 hour)) as ' ~ scope
    ) -%}
    {{ return(column_names(scope_table())) }}
{%- endmacro %}

{% macro with_rebuilt_days(scope) -%}
    {%- set day = config.get('meta', {}).get('day') -%}
    {%- if config.get('unique_key') != [day] or not rebuilt_days() -%}
        {{ return(scope) }}
    {%- endif -%}
    select {{ day }} from ({{ scope }}) as scope_of_model{{ union_rebuilt_days() }}
{%- endmacro %}

{#
    The table of the scope, gone after half a day. On DuckDB it is temporary and gone with the connection; dbt 2 makes a connection for each query, so
    there it is in a database in memory.
#}
{% macro scope_table() -%}
    {%- set name = this.identifier ~ '__scope' -%}
    {{ return(on_engine(
        duckdb=api.Relation.create(database='scopes' if dbt_version.startswith('2.') else 'temp', schema='main', identifier=name, type='table'),
        bigquery=this.incorporate(path={'identifier': name}, type='table')
    )) }}
{%- endmacro %}

{# The days of the scope as SQL literals, by which BigQuery finds partitions and DuckDB blocks. #}
{% macro scope_days(day) -%}
    {{ return(dates_in('select distinct ' ~ day ~ ' from ' ~ scope_table())) }}
{%- endmacro %}
