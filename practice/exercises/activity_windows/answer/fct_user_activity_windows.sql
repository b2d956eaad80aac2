with

near as (

    select
        *,
        sum(case when is_order then 1 else 0 end) over within_tolerance as orders_near,
        sum(case when is_order then 0 else 1 end) over within_tolerance as events_near
    from {{ ref('int_activity__events_and_orders') }}
    where not is_late
    window within_tolerance as (
        partition by user_id
        order by epoch_us(occurred_at)
        range between 5000000 preceding and 5000000 following
    )

),

matched as (

    select
        *,
        case when is_order then events_near else orders_near end > 0 as is_matched
    from near

)

select
    user_id,
    window_start_at,
    sum(case when is_order then 0 else 1 end) as event_count,
    sum(case when is_order then 1 else 0 end) as order_count,
    sum(case when is_order then order_amount else 0 end) as ordered_amount,
    sum(case when not is_order and is_matched then 1 else 0 end) as matched_event_count,
    sum(case when is_order and is_matched then 1 else 0 end) as matched_order_count,
    sum(case when is_order and is_matched then order_amount else 0 end) as matched_ordered_amount
from matched
group by user_id, window_start_at
