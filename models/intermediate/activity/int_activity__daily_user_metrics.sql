{{ config(partition_by=partition_by_day('metric_date'), cluster_by=['user_id']) }}

with

events as (

    select *
    from {{ ref('int_activity__daily_user_events') }}

),

orders as (

    select *
    from {{ ref('int_orders__daily_user_orders') }}

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
