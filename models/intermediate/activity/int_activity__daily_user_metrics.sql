{{
    config(
        materialized='incremental',
        meta={
            'scope': 'int_activity__touched_user_days', 'scope_columns': {'activity_date': 'metric_date', 'user_id': 'user_id'}, 'day': 'metric_date'
        },
        partition_by=partition_by_day('metric_date'),
        cluster_by=['user_id']
    )
}}

with

events as (

    select events.*
    from {{ ref('int_activity__daily_user_events') }} as events
    where
        {{ is_touched(
            'int_activity__touched_user_days',
            {'activity_date': 'events.event_date', 'user_id': 'events.user_id'},
            day='activity_date'
        ) }}

),

orders as (

    select orders.*
    from {{ ref('int_orders__daily_user_orders') }} as orders
    where
        {{ is_touched(
            'int_activity__touched_user_days',
            {'activity_date': 'orders.order_date', 'user_id': 'orders.user_id'},
            day='activity_date'
        ) }}

)

select
    coalesce(events.event_date, orders.order_date) as metric_date,
    coalesce(events.user_id, orders.user_id) as user_id,
    coalesce(events.total_events, 0) as total_events,
    coalesce(orders.total_orders, 0) as total_orders,
    cast(coalesce(orders.total_revenue, 0) as numeric(38, 9)) as total_revenue
from events
full outer join orders
    on
        events.event_date = orders.order_date
        and events.user_id = orders.user_id
{{ stored_in_order_of('metric_date') }}
