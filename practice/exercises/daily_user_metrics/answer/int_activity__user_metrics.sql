with

users as (

    select *
    from {{ ref('int_activity__user_history') }}
    where is_current

),

events as (

    select
        user_id,
        sum(total_events) as total_events
    from {{ ref('int_activity__daily_user_events') }}
    group by user_id

),

orders as (

    select *
    from {{ ref('int_orders__user_orders') }}

)

select
    users.user_number,
    users.user_id,
    users.user_name,
    coalesce(events.total_events, 0) as total_events,
    coalesce(orders.total_orders, 0) as total_orders,
    coalesce(orders.total_revenue, 0) as total_revenue
from users
left join events
    on users.user_id = events.user_id
left join orders
    on users.user_id = orders.user_id
