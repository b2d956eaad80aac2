{# Values must be in the set; null fails. #}
{% test expect_column_values_to_be_in_set(model, column_name, value_set, quote_values=True, row_condition=None) %}
    {%- set members = dbt_expectations.set_members(value_set, quote_values) %}
with checked as (
    select {{ column_name }} as value_field
    from {{ model }}
    {%- if row_condition %}
    where {{ row_condition }}
    {%- endif %}
)

select value_field from checked
where not coalesce(value_field in ({{ members | join(", ") }}), false)
{% endtest %}
