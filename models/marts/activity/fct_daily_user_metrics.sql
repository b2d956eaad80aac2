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

-- A day is in the range when any accepted event or order falls on it.
days as (

    select distinct metric_date
    from {{ ref('int_activity__daily_user_metrics') }}
    where {{ is_on_touched_date('int_activity__touched_fact_user_days', 'activity_date', 'metric_date') }}

),

user_days as (

    {% if is_incremental() %}
    select
        touched.activity_date as metric_date,
        touched.user_id
    from {{ ref('int_activity__touched_fact_user_days') }} as touched
    inner join days
        on touched.activity_date = days.metric_date
    {% else %}
    select
        days.metric_date,
        known_users.user_id
    from days
    cross join (select distinct user_id from {{ ref('int_activity__user_history') }}) as known_users
    {% endif %}

),

active_user_days as (

    select
        user_days.metric_date,
        user_days.user_id,
        versions.user_name
    from user_days
    inner join {{ ref('int_activity__user_history') }} as versions
        on
            user_days.user_id = versions.user_id
            and user_days.metric_date >= versions.effective_from_date
            and user_days.metric_date < versions.effective_to_date
    where versions.is_active

),

metrics as (

    select metrics.*
    from {{ ref('int_activity__daily_user_metrics') }} as metrics
    where
        {{ is_touched(
            'int_activity__touched_fact_user_days',
            {'activity_date': 'metrics.metric_date', 'user_id': 'metrics.user_id'},
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
{{ stored_in_order_of('metric_date') }}
