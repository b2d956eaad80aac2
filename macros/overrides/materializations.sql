{#
    In the place of the adapters' own materializations: an incremental model is left alone when plan() finds nothing to do, a view when neither it nor
    its description has changed. All else is the adapters', but that on DuckDB a table or a view is made in one statement and one transaction with its
    descriptions: nobody else sees a moment without it, where dbt makes another aside, renames twice and drops.
#}
{% materialization incremental, adapter='duckdb' -%}
    {%- if plan().mode != 'nothing' -%}
        {{ return(dbt.materialization_incremental_duckdb()) }}
    {%- endif -%}
    {%- set relations = left_alone() -%}
    {#- A full refresh that was killed when its rows were in place has left those before beside them; where a model is built, dbt drops them. -#}
    {%- set rows_before = load_cached_relation(make_backup_relation(this, 'table')) -%}
    {%- if rows_before is not none -%}
        {%- do adapter.drop_relation(rows_before) -%}
        {%- do adapter.commit() -%}
    {%- endif -%}
    {#- A hook that runs after the commit may do more than write rows. dbt-bigquery has none. -#}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return(relations) }}
{%- endmaterialization %}

{% materialization incremental, adapter='bigquery' -%}
    {{ return(left_alone() if plan().mode == 'nothing' else dbt.materialization_incremental_bigquery()) }}
{%- endmaterialization %}

{% materialization view, adapter='duckdb' -%}
    {{ return(left_alone() if is_view_as_recorded() else made_in_one_statement('view', get_create_view_as_sql(this.incorporate(type='view'), whole_sql()))) }}
{%- endmaterialization %}

{% materialization view, adapter='bigquery' -%}
    {{ return(left_alone() if is_view_as_recorded() or is_kept_in_a_dry_run() else dbt.materialization_view_bigquery()) }}
{%- endmaterialization %}

{% materialization table, adapter='duckdb' -%}
    {{ return(left_alone() if is_kept_in_a_dry_run() else made_in_one_statement('table', create_table_as(False, this.incorporate(type='table'), sql))) }}
{%- endmaterialization %}

{% materialization table, adapter='bigquery' -%}
    {{ return(left_alone() if is_kept_in_a_dry_run() else dbt.materialization_table_bigquery()) }}
{%- endmaterialization %}

{% materialization seed, default -%}
    {%- if not is_kept_in_a_dry_run() -%}
        {%- do drop_seed_with_other_columns() -%}
        {{ return(dbt.materialization_seed_default()) }}
    {%- endif -%}
    {%- do store_result('agate_table', response='NOTHING NEW', agate_table=load_agate_table()) -%}
    {{ return(left_alone()) }}
{%- endmaterialization %}

{# dbt fills the table of a seed again, and cannot where its file has other columns since: then the table is made anew. #}
{% macro drop_seed_with_other_columns() -%}
    {%- set existing = load_cached_relation(this) -%}
    {%- set state = progress_of(this) -%}
    {%- if existing is not none and state is not none and state.build != model.checksum.checksum -%}
        {%- set before = column_names(existing) | map('lower') | list -%}
        {%- if before != load_agate_table().column_names | map('lower') | list -%}
            {%- do adapter.drop_relation(existing) -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
