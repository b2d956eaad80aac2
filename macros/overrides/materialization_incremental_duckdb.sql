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
    {%- set columns = 'select column_name, column_type from (describe ' -%}
    {%- set present = columns ~ table ~ ')' -%}
    {%- set others = [columns ~ 'select * from (\n' ~ sql ~ '\n) as model_rows limit 0)'] -%}
    {%- if config.get('contract').enforced -%}
        {%- do others.append(columns ~ get_empty_schema_sql(model.columns) ~ ')') -%}
    {%- endif -%}
    {%- set differences = [] -%}
    {%- for other in others -%}
        {%- do differences.append('(' ~ present ~ ' except ' ~ other ~ ')') -%}
        {%- do differences.append('(' ~ other ~ ' except ' ~ present ~ ')') -%}
    {%- endfor -%}
    {{ return(run_query(differences | join(' union all ')).rows | length == 0) }}
{%- endmacro %}
