{# The number of rows, or of rows in each group that has any, must lie between the bounds. #}
{% test expect_table_row_count_to_be_between(model, min_value=None, max_value=None, group_by=None,
                                             row_condition=None, strictly=False) %}
    {%- set expression = dbt_expectations.within_bounds("count(*)", min_value, max_value, strictly) -%}
    {{ dbt_expectations.rows_where_not(model, expression, group_by_columns=group_by, row_condition=row_condition) }}
{% endtest %}
