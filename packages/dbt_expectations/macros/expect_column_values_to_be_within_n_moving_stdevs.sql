{# The sum of a column per period must stay within a band around the mean of the periods before it.
   Null and 0 count as 0, periods without rows are not filled in, and a period whose band has no width (null) passes. #}
{% test expect_column_values_to_be_within_n_moving_stdevs(
    model, column_name, date_column_name, group_by=None, period='day',
    lookback_periods=1, trend_periods=7, test_periods=14,
    sigma_threshold=3, sigma_threshold_upper=None, sigma_threshold_lower=None,
    take_diffs=true, take_logs=true
) %}
    {{- dbt_expectations.must_be_given("date_column_name", date_column_name) -}}
    {{- dbt_expectations.must_be_list("group_by", group_by or [], may_be_empty=true) -}}
    {%- set groups = [] -%}
    {%- for column in group_by or [] -%}{%- do groups.append("group_" ~ loop.index) -%}{%- endfor -%}
    {%- set in_groups = "partition by " ~ groups | join(", ") if groups else "" -%}
    {%- set in_order = in_groups ~ " order by metric_period nulls first" -%}
    {%- set before = in_order ~ " rows between " ~ trend_periods ~ " preceding and 1 preceding" -%}
    {%- set this_period = dbt.date_trunc(period, dbt_expectations.wall_time()) %}
with totals as (
    select
        {{ dbt.date_trunc(period, date_column_name) }} as metric_period,
        {% for column in group_by or [] -%}
        {{ column }} as group_{{ loop.index }},
        {% endfor -%}
        sum({{ column_name }}) as total
    from {{ model }}
    group by {{ range(1, groups | length + 2) | join(", ") }}
),

totals_with_prior as (
    select *, lag(total, {{ lookback_periods }}) over ({{ in_order }}) as prior_total
    from totals
),

metrics as (
    select
        *,
        {{ dbt_expectations.metric_of("total", take_logs) }}
        {%- if take_diffs %} - {{ dbt_expectations.metric_of("prior_total", take_logs) }}{% endif %} as metric
    from totals_with_prior
),

trends as (
    select
        *,
        avg(metric) over ({{ before }}) as trend_mean,
        stddev(metric) over ({{ before }}) as trend_deviation
    from metrics
),

sigmas as (
    select *, (metric - trend_mean) / nullif(trend_deviation, 0) as sigma
    from trends
)

select * from sigmas
where
    metric_period >= cast({{ dbt.dateadd(period, -test_periods, this_period) }} as timestamp)
    and metric_period < {{ this_period }}
    and not (
        sigma >= {{ sigma_threshold_lower or -1 * sigma_threshold }}
        and sigma <= {{ sigma_threshold_upper or sigma_threshold }}
    )
{% endtest %}
