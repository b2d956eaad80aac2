-- Every completed order counts once: in the fact, for a known user who was not active that day, or as an orphan.
with

orphaned as (

    select
        count(*) as order_count,
        coalesce(sum(orders.revenue), 0) as revenue
    from {{ ref('int_activity__orphans') }} as orphans
    inner join {{ ref('fct_orders') }} as orders
        on orphans.detail = orders.order_id
    where
        orphans.source_table = 'orders'
        and orders.is_completed

),

places as (

    select
        sum(total_orders) as order_count,
        sum(total_revenue) as revenue
    from {{ ref('fct_daily_user_metrics') }}

    union all

    select
        sum(total_orders) as order_count,
        sum(total_revenue) as revenue
    from {{ ref('int_activity__daily_user_metrics_not_loaded') }}

    union all

    select
        order_count,
        revenue
    from orphaned

),

placed as (

    select
        coalesce(sum(order_count), 0) as order_count,
        coalesce(sum(revenue), 0) as revenue
    from places

),

completed as (

    select
        count(*) as order_count,
        coalesce(sum(revenue), 0) as revenue
    from {{ ref('fct_orders') }}
    where is_completed

)

select
    completed.order_count as completed_count,
    placed.order_count as placed_count,
    completed.revenue as completed_revenue,
    placed.revenue as placed_revenue
from completed
cross join placed
where
    completed.order_count <> placed.order_count
    or completed.revenue <> placed.revenue
