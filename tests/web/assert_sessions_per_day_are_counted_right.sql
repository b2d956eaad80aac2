-- What fct_daily_web_activity counts by rows of sessions against a plain count of single events and of their sessions.
with

counted as (

    select
        event_date,
        count(*) as event_count,
        count(distinct session_id) as session_count
    from {{ ref('int_web__events_sessionized') }}
    group by event_date

)

select
    activity.activity_date,
    activity.session_count,
    counted.session_count as counted_session_count
from {{ ref('fct_daily_web_activity') }} as activity
full outer join counted
    on activity.activity_date = counted.event_date
where
    activity.session_count is distinct from counted.session_count
    or activity.event_count is distinct from counted.event_count
