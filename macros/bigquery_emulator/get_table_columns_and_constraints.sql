{#
    The emulator cannot parse a column list in `create table … as ( … )`: there, column types come from the query, which
    the contract has already checked, and constraints are left out.
#}
{% macro bigquery__get_table_columns_and_constraints() -%}
    {%- if target.name != 'bigquery_emulator' -%}
        {{ dbt.default__get_table_columns_and_constraints() }}
    {%- endif -%}
{%- endmacro %}
