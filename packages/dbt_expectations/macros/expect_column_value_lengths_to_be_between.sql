{# The number of characters must lie between the bounds; null passes. #}
{% test expect_column_value_lengths_to_be_between(model, column_name, min_value=None, max_value=None,
                                                  row_condition=None, strictly=False) %}
    {%- set length = dbt.length(column_name) | trim -%}
    {%- set expression = dbt_expectations.within_bounds(length, min_value, max_value, strictly) -%}
    {{ dbt_expectations.rows_where_not(model, expression, row_condition=row_condition) }}
{% endtest %}
