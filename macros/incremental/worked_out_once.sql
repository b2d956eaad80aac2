{#
    A query of several scopes, written as `call worked_out_once('…')` around it. Models that have the same to work off ask the same, and it is worked out
    for the first of them, into a table for this run. In a full refresh it is the query itself.
#}
{% macro worked_out_once(name) -%}
    {%- set query = caller() -%}
    {%- if not is_incremental() -%}
        {{ return(query) }}
    {%- endif -%}
    {%- set known = known_in_this_run('worked out once') -%}
    {%- if query not in known or not is_still_there(known[query]) -%}
        {%- set table = table_of_this_run(name) -%}
        {%- call statement('worked_out_once', auto_begin=true) -%}
            {{ create_table_of_this_run(table, query) }}
        {%- endcall -%}
        {#- DuckDB writes to one database in a transaction, and the rows of the model go to another. -#}
        {%- do adapter.commit() -%}
        {%- do known.update({query: table}) -%}
    {%- endif -%}
    select * from {{ known[query] }}
{%- endmacro %}

{# A table for this run, named after the model: on DuckDB in a database in memory that all connections share; gone after half a day on BigQuery. #}
{% macro table_of_this_run(name) -%}
    {%- set identifier = this.identifier ~ '__' ~ name -%}
    {{ return(on_engine(
        duckdb=api.Relation.create(database=database_of_this_run(), schema='main', identifier=identifier, type='table'),
        bigquery=this.incorporate(path={'identifier': identifier}, type='table')
    )) }}
{%- endmacro %}

{% macro create_table_of_this_run(table, query) -%}
    {{ return(on_engine(
        duckdb=attach_database_of_this_run() ~ '; create or replace table ' ~ table,
        bigquery='create or replace table ' ~ table ~ ' options (expiration_timestamp = timestamp_add(current_timestamp(), interval 12 hour))'
    ) ~ ' as ' ~ query) }}
{%- endmacro %}

{% macro database_of_this_run() -%}
    {{ return('tables_of_this_run') }}
{%- endmacro %}

{# Also asked when a run begins, for two models at the same time might both attach it. #}
{% macro attach_database_of_this_run() -%}
    {{ return(on_engine(duckdb="attach if not exists ':memory:' as " ~ database_of_this_run(), bigquery='')) }}
{%- endmacro %}

{# Whether such a table is still there: with `keep_open: false` in a profile DuckDB forgets a database in memory after each model. #}
{% macro is_still_there(table) -%}
    {{ return(adapter.dispatch('is_still_there')(table)) }}
{%- endmacro %}

{% macro duckdb__is_still_there(table) -%}
    {{ return(run_query(
        "select 1 as found from duckdb_tables() where database_name = '" ~ table.database ~ "' and table_name = '" ~ table.identifier ~ "'"
    ).rows | length > 0) }}
{%- endmacro %}

{% macro bigquery__is_still_there(table) -%}
    {{ return(true) }}
{%- endmacro %}
