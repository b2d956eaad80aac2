{# Rows (or groups) for which `expression <test_condition>` is false; unknown (null) is not a failure. #}
{% macro rows_where_not(model, expression, test_condition="= true", group_by_columns=none, row_condition=none) %}
with checked as (
    {{ dbt_expectations.grouped_expression(model, expression, group_by_columns, row_condition) }}
)

select * from checked
where not (expression {{ test_condition }})
{% endmacro %}
