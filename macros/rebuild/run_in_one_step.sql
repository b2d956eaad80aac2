{#
    Runs statements, each ending in `;`, outside of models so that readers see the effects of all of them or of none. What dbt has
    begun (on DuckDB it begins a transaction to look at a table) is committed first.
#}
{% macro run_in_one_step(statements) -%}
    {%- do adapter.commit() -%}
    {%- do run_query('begin transaction;\n' ~ statements ~ '\ncommit transaction;') -%}
{%- endmacro %}
