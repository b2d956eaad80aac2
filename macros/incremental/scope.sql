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

{% macro with_rebuilt_days(scope) -%}
    {%- set day = config.get('meta', {}).get('day') -%}
    {%- if config.get('unique_key') != [day] or not rebuilt_days() -%}
        {{ return(scope) }}
    {%- endif -%}
    select {{ day }} from ({{ scope }}) as scope_of_model{{ union_rebuilt_days() }}
{%- endmacro %}

{# On DuckDB the scope is a temporary table, gone with the connection. dbt 2 makes a connection for each query. #}
{% macro scope_table() -%}
    {%- set is_temporary = on_engine(duckdb=not dbt_version.startswith('2.'), bigquery=false) -%}
    {%- set temporary = api.Relation.create(database='temp', schema='main', identifier=this.identifier ~ '__scope', type='table') -%}
    {{ return(temporary if is_temporary else table_of_this_run('scope')) }}
{%- endmacro %}

{# Makes the table of the scope, and returns the names of its columns. #}
{% macro create_scope_table(scope) -%}
    {{ return(adapter.dispatch('create_scope_table')(scope, scope_table())) }}
{%- endmacro %}

{% macro duckdb__create_scope_table(scope, table) -%}
    {%- set temporary = 'create or replace temporary table ' ~ table.include(database=false, schema=false) ~ ' as ' ~ scope -%}
    {{ return(run_query(
        (temporary if table.database == 'temp' else create_table_of_this_run(table, scope)) ~ '; select column_name from (describe ' ~ table ~ ')'
    ).columns[0].values()) }}
{%- endmacro %}

{% macro bigquery__create_scope_table(scope, table) -%}
    {%- do run_query(create_table_of_this_run(table, scope)) -%}
    {{ return(column_names(table)) }}
{%- endmacro %}

{# The days of the scope as SQL literals, by which BigQuery finds partitions and DuckDB blocks. #}
{% macro scope_days(day) -%}
    {{ return(dates_in('select distinct ' ~ day ~ ' from ' ~ scope_table())) }}
{%- endmacro %}
