{#
    In the place of dbt-duckdb's own materialization: where nothing has come that the model has not worked off, its table is left alone.
    All else is dbt-duckdb's. A hook that runs after the commit may do more than write rows, so its model is always run.
#}
{% materialization incremental, adapter='duckdb' -%}
    {%- set existing = load_cached_relation(this) -%}
    {%- if existing is not none and existing.is_table and not should_full_refresh() and not has_news()
        and not (pre_hooks + post_hooks) | rejectattr('transaction') | list and columns_are_those_of(existing) -%}
        {%- call noop_statement('main', 'NOTHING NEW') -%}{%- endcall -%}
        {%- if not is_described(existing) -%}
            {%- do persist_docs(existing, model) -%}
            {%- do adapter.commit() -%}
        {%- endif -%}
        {{ return({'relations': [existing]}) }}
    {%- endif -%}
    {{ return(dbt.materialization_incremental_duckdb()) }}
{%- endmaterialization %}

{# Whether the model's SQL, and its contract, still give the columns that its table has: else dbt says what is out of step. #}
{% macro columns_are_those_of(table) -%}
    {%- set described = [table, rows_of(sql)] -%}
    {%- if config.get('contract').enforced -%}
        {%- do described.append(get_empty_schema_sql(model.columns)) -%}
    {%- endif -%}
    {{ return(have_same_columns(described)) }}
{%- endmacro %}
