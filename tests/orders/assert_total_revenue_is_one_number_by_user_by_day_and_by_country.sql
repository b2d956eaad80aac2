-- Revenue, orders and country of a user and day are those of the user's orders, in the daily fact or where it sets them aside.
with

orders as (

    select
        order_date,
        user_id,
        user_country,
        sum(revenue) as total_revenue,
        sum(case when is_completed then 1 else 0 end) as total_orders
    from {{ ref('fct_orders') }}
    group by order_date, user_id, user_country

),

user_days as (

    select
        metric_date,
        user_id,
        country,
        total_revenue,
        total_orders
    from {{ ref('fct_daily_user_metrics') }}

    union all

    select
        not_loaded.metric_date,
        not_loaded.user_id,
        versions.country,
        not_loaded.total_revenue,
        not_loaded.total_orders
    from {{ ref('int_activity__daily_user_metrics_not_loaded') }} as not_loaded
    inner join {{ ref('dim_user_history') }} as versions
        on
            not_loaded.user_id = versions.user_id
            and not_loaded.metric_date >= versions.effective_from_date
            and not_loaded.metric_date < versions.effective_to_date

)

select
    orders.order_date,
    orders.user_id,
    orders.user_country as expected_country,
    user_days.country as found_country,
    orders.total_revenue as expected_revenue,
    user_days.total_revenue as found_revenue
from orders
left join user_days
    on
        orders.order_date = user_days.metric_date
        and orders.user_id = user_days.user_id
left join {{ ref('int_activity__orphans') }} as orphans
    on
        orphans.source_table = 'orders'
        and orders.order_date = orphans.activity_date
        and orders.user_id = orphans.user_id
where
    (user_days.user_id is null) = (orphans.user_id is null)
    or orders.total_revenue <> user_days.total_revenue
    or orders.total_orders <> user_days.total_orders
    or (user_days.user_id is not null and orders.user_country is distinct from user_days.country)
