{#
    In the place of dbt's own macro: whether a contract is kept is asked in one statement. Only where it is broken does dbt's macro ask
    again, since it says what is wrong.
#}
{% macro duckdb__get_assert_columns_equivalent(sql) -%}
    {%- if not model.columns or not have_same_columns([rows_of(sql), get_empty_schema_sql(model.columns)]) -%}
        {{ return(assert_columns_equivalent(sql)) }}
    {%- endif -%}
{%- endmacro %}

{# A model's SQL, which may begin with comments or `with`, as a query that can be described. #}
{% macro rows_of(sql) -%}
    select * from (
        {{ sql }}
    ) as model_rows
{%- endmacro %}

{# Whether queries, or tables, have columns of the same names and types, in any order. #}
{% macro have_same_columns(described) -%}
    {%- set columns = [] -%}
    {%- for one in described -%}
        {%- do columns.append('(select column_name, column_type from (describe ' ~ one ~ '))') -%}
    {%- endfor -%}
    {%- set differences = [] -%}
    {%- for other in columns[1:] -%}
        {%- do differences.append('(' ~ columns[0] ~ ' except ' ~ other ~ ') union all (' ~ other ~ ' except ' ~ columns[0] ~ ')') -%}
    {%- endfor -%}
    {{ return(run_query(differences | join(' union all ')).rows | length == 0) }}
{%- endmacro %}
