-- Every completed order counts once: in the fact, for a known user who was not active that day, or as an orphan.
with

orphaned as (

    select
        count(*) as order_count,
        coalesce(sum(orphans.order_amount), 0) as order_amount
    from {{ ref('int_activity__orphans') }} as orphans
    inner join {{ ref('int_orders__orders_latest') }} as orders
        on orphans.detail = orders.order_id
    where
        orphans.source_table = 'orders'
        and orders.is_completed

),

places as (

    select
        sum(total_orders) as order_count,
        sum(total_revenue) as order_amount
    from {{ ref('fct_daily_user_metrics') }}

    union all

    select
        sum(total_orders) as order_count,
        sum(total_revenue) as order_amount
    from {{ ref('int_activity__daily_user_metrics_not_loaded') }}

    union all

    select
        order_count,
        order_amount
    from orphaned

),

placed as (

    select
        coalesce(sum(order_count), 0) as order_count,
        coalesce(sum(order_amount), 0) as order_amount
    from places

),

completed as (

    select
        count(*) as order_count,
        coalesce(sum(order_amount), 0) as order_amount
    from {{ ref('int_orders__orders_latest') }}
    where is_completed

)

select
    completed.order_count as completed_count,
    placed.order_count as placed_count,
    completed.order_amount as completed_amount,
    placed.order_amount as placed_amount
from completed
cross join placed
where
    completed.order_count <> placed.order_count
    or completed.order_amount <> placed.order_amount
