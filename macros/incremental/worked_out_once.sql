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
    {%- if query not in known -%}
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
        duckdb=api.Relation.create(database='tables_of_this_run', schema='main', identifier=identifier, type='table'),
        bigquery=this.incorporate(path={'identifier': identifier}, type='table')
    )) }}
{%- endmacro %}

{% macro create_table_of_this_run(table, query) -%}
    {{ return(on_engine(
        duckdb="attach if not exists ':memory:' as " ~ table.database ~ '; create or replace table ' ~ table,
        bigquery='create or replace table ' ~ table ~ ' options (expiration_timestamp = timestamp_add(current_timestamp(), interval 12 hour))'
    ) ~ ' as ' ~ query) }}
{%- endmacro %}
