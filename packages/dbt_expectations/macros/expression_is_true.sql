{# `expression` must satisfy `test_condition` in every row, or in every group. #}
{% test expression_is_true(model, expression, test_condition="= true", group_by_columns=None, row_condition=None) %}
    {{- dbt_expectations.must_be_given("expression", expression) -}}
    {{ dbt_expectations.rows_where_not(model, expression, test_condition, group_by_columns, row_condition) }}
{% endtest %}
