{# Both columns must be equal; a pair with a null passes. #}
{% test expect_column_pair_values_to_be_equal(model, column_A, column_B, row_condition=None) %}
    {{ dbt_expectations.rows_where_not(model, column_A ~ " = " ~ column_B, row_condition=row_condition) }}
{% endtest %}
