{# The model has as many rows as the raw table that var('raw_from') selects; a `ref` in a yml file could not follow that choice. #}
{% test has_one_row_per_raw_record(model, raw_table_name) %}
    {{ dbt_expectations.test_expect_table_row_count_to_equal_other_table(model, compare_model=raw_table(raw_table_name)) }}
{% endtest %}
