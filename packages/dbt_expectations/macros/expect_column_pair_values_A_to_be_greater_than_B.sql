{# Column A must be greater than column B, or equal with `or_equal`; a pair with a null passes. #}
{% test expect_column_pair_values_A_to_be_greater_than_B(model, column_A, column_B, or_equal=False,
                                                         row_condition=None) %}
    {%- set expression = column_A ~ (" >= " if or_equal else " > ") ~ column_B -%}
    {{ dbt_expectations.rows_where_not(model, expression, row_condition=row_condition) }}
{% endtest %}
