-- Window by window, with the late ones beside them: nothing is lost and nothing counts twice.
with

records as (

    select
        user_id,
        window_start_at,
        sum(case when is_order then 0 else 1 end) as event_count,
        sum(case when is_order then 1 else 0 end) as order_count
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
    records.event_count is distinct from windows.event_count
    or records.order_count is distinct from windows.order_count
