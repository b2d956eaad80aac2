{#
    In the place of dbt's own macros: whether a query, or the rows of a run, have the columns that they should is asked in one statement. Only where
    they do not do dbt's macros ask again, since they say what is wrong.
#}
{% macro duckdb__get_assert_columns_equivalent(sql) -%}
    {%- if not model.columns or not have_the_same_columns(['select * from (\n' ~ sql ~ '\n) as model_rows', get_empty_schema_sql(model.columns)]) -%}
        {{ return(assert_columns_equivalent(sql)) }}
    {%- endif -%}
{%- endmacro %}

{#
    New rows must have the columns of their table and of the contract, before any of them is put into the table. dbt 2 has a macro of this name, since
    no other query of it sees the table of new rows.
#}
{% macro duckdb__check_for_schema_changes(source_relation, target_relation) -%}
    {%- if dbt_version.startswith('2.') -%}
        {{ return(dbt.duckdb__check_for_schema_changes(source_relation, target_relation)) }}
    {%- endif -%}
    {%- set is_contracted = config.get('contract').enforced -%}
    {%- set columns = [] -%}
    {%- for name in model.columns if is_contracted -%}
        {%- do columns.append(api.Column.create(name, model.columns[name].data_type)) -%}
    {%- endfor -%}
    {%- set contract = [get_empty_schema_sql(model.columns)] if is_contracted else [] -%}
    {%- if have_the_same_columns([source_relation, target_relation] + contract) -%}
        {{ return({'schema_changed': false, 'source_columns': columns or adapter.get_columns_in_relation(source_relation)}) }}
    {%- endif -%}
    {%- if is_contracted -%}
        {%- do assert_columns_equivalent('select * from ' ~ source_relation) -%}
    {%- endif -%}
    {{ return(dbt.default__check_for_schema_changes(source_relation, target_relation)) }}
{%- endmacro %}

{# Whether queries and relations have the columns of the first of them, with the same types. #}
{% macro have_the_same_columns(queries) -%}
    {%- set described = [] -%}
    {%- for query in queries -%}
        {%- do described.append('(select column_name, column_type from (describe ' ~ query ~ '))') -%}
    {%- endfor -%}
    {%- set differences = [] -%}
    {%- for other in described[1:] -%}
        {%- do differences.append('(' ~ described[0] ~ ' except ' ~ other ~ ')') -%}
        {%- do differences.append('(' ~ other ~ ' except ' ~ described[0] ~ ')') -%}
    {%- endfor -%}
    {{ return(not run_query(differences | join(' union all ')).rows | length) }}
{%- endmacro %}
