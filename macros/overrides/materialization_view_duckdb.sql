{#
    In the place of dbt's own materialization, on DuckDB: `create or replace view` and the descriptions, in one statement. dbt makes a view
    aside, renames twice and drops.
#}
{% materialization view, adapter='duckdb' -%}
    {%- set view = this.incorporate(type='view') -%}
    {%- set existing = load_cached_relation(this) -%}
    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {%- call statement('main') -%}
        {%- if existing is not none and not existing.is_view %}
        drop {{ existing.type }} {{ existing }};
        {%- endif %}
        {{ get_create_view_as_sql(view, sql) }}
        {{ descriptions_of(view) }}
    {%- endcall -%}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {%- do adapter.commit() -%}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [view]}) }}
{%- endmaterialization %}
