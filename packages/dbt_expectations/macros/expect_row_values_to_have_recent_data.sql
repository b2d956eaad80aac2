{# The newest value that is not in the future must be at most `interval` `datepart`s old; no value at all fails. #}
{% test expect_row_values_to_have_recent_data(model, column_name, datepart, interval, row_condition=None) %}
    {{- dbt_expectations.must_be_given("datepart", datepart) -}}
    {{- dbt_expectations.must_be_given("interval", interval) -}}
    {%- set now = dbt_expectations.wall_time() %}
with newest as (
    select max(cast({{ column_name }} as timestamp)) as newest_value
    from {{ model }}
    where
        cast({{ column_name }} as timestamp) <= {{ now }}
        {%- if row_condition %} and {{ row_condition }}{% endif %}
)

select newest_value from newest
where
    coalesce(newest_value, cast('1970-01-01' as timestamp))
    < cast({{ dbt.dateadd(datepart, -1 * interval, now) }} as timestamp)
{% endtest %}
