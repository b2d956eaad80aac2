{# In the place of dbt-duckdb's own macro: a view replaces the one that is there, in one statement. #}
{% macro duckdb__create_view_as(relation, sql) -%}
    {%- if config.get('contract').enforced -%}
        {{ get_assert_columns_equivalent(sql) }}
    {%- endif -%}
    create or replace view {{ relation }} as (
        {{ sql }}
    );
{%- endmacro %}
