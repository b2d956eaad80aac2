{# An aggregate, in all or by group, must equal that of the other table up to a tolerance. #}
{% test expect_table_aggregation_to_equal_other_table(model, expression, compare_model, compare_expression=None,
                                                      group_by=None, compare_group_by=None,
                                                      row_condition=None, compare_row_condition=None,
                                                      tolerance=0.0, tolerance_percent=None) %}
    {{- dbt_expectations.must_be_given("expression", expression) -}}
    {{ dbt_expectations.groups_that_differ(
        model, expression, compare_model, compare_expression,
        group_by, compare_group_by, row_condition, compare_row_condition, tolerance, tolerance_percent
    ) }}
{% endtest %}
