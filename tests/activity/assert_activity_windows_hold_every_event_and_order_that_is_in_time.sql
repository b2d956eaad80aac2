-- Window by window, with the late ones beside them: nothing is lost and nothing counts twice.
with

records as (

    select
        user_id,
        window_start_at,
        sum(case when is_order then 0 else 1 end) as total_events,
        sum(case when is_order then 1 else 0 end) as total_orders,
        sum(order_amount) as total_revenue
    from {{ ref('int_activity__events_and_orders') }}
    where not is_late
    group by user_id, window_start_at

)

select
    coalesce(records.user_id, windows.user_id) as user_id,
    coalesce(records.window_start_at, windows.window_start_at) as window_start_at
from records
full outer join {{ ref('fct_user_activity_windows') }} as windows
    on
        records.user_id = windows.user_id
        and records.window_start_at = windows.window_start_at
where
    records.total_events is distinct from windows.total_events
    or records.total_orders is distinct from windows.total_orders
    or records.total_revenue is distinct from windows.total_revenue
