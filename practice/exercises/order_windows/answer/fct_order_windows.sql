with

watermark as (

    select max(watermark_after_at) - interval 10 minutes as watermark_at
    from {{ ref('int_orders__order_arrival_days') }}

),

windows as (

    select
        time_bucket(interval 5 minutes, ordered_at, timestamp '1970-01-01') as window_start_at,
        count(*) as order_count,
        sum(order_amount) as ordered_amount,
        count(distinct user_id) as customer_count
    from {{ ref('int_orders__orders_decided') }}
    where decision = 'accepted'
    group by window_start_at

)

select
    window_start_at,
    order_count,
    ordered_amount,
    cast(floor(ordered_amount * 1000000) as hugeint) // order_count * 0.000001 as average_ordered_amount,
    customer_count,
    window_start_at + interval 5 minutes <= watermark_at as is_final
from windows
cross join watermark
