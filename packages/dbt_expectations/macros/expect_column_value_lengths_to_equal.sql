{# The number of characters must be `value`; null passes. #}
{% test expect_column_value_lengths_to_equal(model, column_name, value, row_condition=None) %}
    {{- dbt_expectations.must_be_given("value", value) -}}
    {%- set expression = dbt.length(column_name) | trim ~ " = " ~ value -%}
    {{ dbt_expectations.rows_where_not(model, expression, row_condition=row_condition) }}
{% endtest %}
