{# The number of rows, in all or by group, must be `factor` times that of the other table. #}
{% test expect_table_row_count_to_equal_other_table(model, compare_model, group_by=None, compare_group_by=None,
                                                    factor=1, row_condition=None, compare_row_condition=None) %}
    {{ dbt_expectations.groups_that_differ(
        model, "count(*)", compare_model, "count(*) * " ~ factor,
        group_by, compare_group_by, row_condition, compare_row_condition
    ) }}
{% endtest %}
