{{
    config(
        materialized='incremental',
        meta={
            'scope': 'int_activity__touched_fact_user_days', 'scope_columns': {'activity_date': 'metric_date', 'user_id': 'user_id'},
            'day': 'metric_date'
        },
        partition_by=partition_by_day('metric_date'),
        cluster_by=['user_id']
    )
}}

with

metrics as (

    select *
    from {{ ref('int_activity__daily_user_metrics') }}
    where {{ is_on_touched_date('int_activity__touched_fact_user_days', 'activity_date', 'metric_date') }}

),

-- A day is in the range when any accepted event or order falls on it.
days as (

    select distinct metric_date
    from metrics

),

active_users as (

    select *
    from {{ ref('int_activity__user_history') }}
    where is_active

),

active_user_days as (

    select
        days.metric_date,
        active_users.user_id,
        active_users.user_name
    from days
    inner join active_users
        on
            days.metric_date >= active_users.effective_from_date
            and days.metric_date < active_users.effective_to_date
    where
        {{ is_touched(
            'int_activity__touched_fact_user_days',
            {'activity_date': 'days.metric_date', 'user_id': 'active_users.user_id'},
            day='activity_date'
        ) }}

)

select
    active_user_days.metric_date,
    active_user_days.user_id,
    active_user_days.user_name,
    coalesce(metrics.total_events, 0) as total_events,
    coalesce(metrics.total_orders, 0) as total_orders,
    cast(coalesce(metrics.total_revenue, 0) as numeric(38, 9)) as total_revenue
from active_user_days
left join metrics
    on
        active_user_days.metric_date = metrics.metric_date
        and active_user_days.user_id = metrics.user_id
