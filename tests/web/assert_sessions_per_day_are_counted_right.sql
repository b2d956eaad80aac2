-- The rows that fct_daily_web_activity counts against a plain count of different sessions.
with

counted as (

    select
        event_date,
        count(distinct session_id) as session_count
    from {{ ref('int_web__session_days') }}
    where event_date >= date '0001-01-01'
    group by event_date

)

select
    activity.activity_date,
    activity.session_count,
    counted.session_count as counted_session_count
from {{ ref('fct_daily_web_activity') }} as activity
full outer join counted
    on activity.activity_date = counted.event_date
where activity.session_count is distinct from counted.session_count
