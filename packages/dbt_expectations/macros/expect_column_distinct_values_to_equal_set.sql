{# The distinct values must be exactly the set; one failing row for each missing or unexpected value, also null. #}
{% test expect_column_distinct_values_to_equal_set(model, column_name, value_set, quote_values=True,
                                                   row_condition=None) %}
    {%- set members = dbt_expectations.set_members(value_set, quote_values) %}
with found as (
    select distinct {{ column_name }} as found_value
    from {{ model }}
    {%- if row_condition %}
    where {{ row_condition }}
    {%- endif %}
),

listed as (
    {%- for member in members %}
    select {{ member }} as expected_value
    {{- " union all" if not loop.last }}
    {%- endfor %}
),

expected as (
    select distinct expected_value from listed
)

select found.found_value, expected.expected_value
from found
full outer join expected on found.found_value = expected.expected_value
where found.found_value is null or expected.expected_value is null
{% endtest %}
