{# Statements whose effects readers see all at once. #}

{#
    Statements of which readers see all effects or none. On DuckDB dbt-core has begun a transaction and commits it after the model's hooks; elsewhere
    it is begun here, in a script that takes it back when it fails half-way.
#}
{% macro in_one_transaction(statements) -%}
    {%- set script = statements | join(';\n') -%}
    {{ return('begin transaction;\n' ~ script ~ ';\ncommit transaction;' if is_written_in_steps() else script) }}
{%- endmacro %}

{# Whether a table that is made anew is there before the transaction ends: BigQuery makes tables outside of transactions, and dbt 2 begins none. #}
{% macro is_written_in_steps() -%}
    {{ return(on_engine(duckdb=dbt_version.startswith('2.'), bigquery=true)) }}
{%- endmacro %}

{#
    Runs statements, each ending in `;`, outside of models so that readers see the effects of all of them or of none. What dbt has
    begun (on DuckDB it begins a transaction to look at a table) is committed first.
#}
{% macro run_in_one_step(statements) -%}
    {%- do adapter.commit() -%}
    {%- do run_query('begin transaction;\n' ~ statements ~ '\ncommit transaction;') -%}
{%- endmacro %}
