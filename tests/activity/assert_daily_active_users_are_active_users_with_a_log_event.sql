-- Day by day, from the log events and the versions of users.
with

expected as (

    select
        events.event_date,
        count(distinct events.user_id) as user_count
    from {{ ref('stg_app__log_events') }} as events
    inner join {{ ref('dim_user_history') }} as versions
        on
            events.user_id = versions.user_id
            and events.event_date >= versions.effective_from_date
            and events.event_date < versions.effective_to_date
    where versions.is_active
    group by events.event_date

),

found as (

    select
        metric_date,
        count(*) as user_count
    from {{ ref('fct_daily_user_metrics') }}
    where total_events > 0
    group by metric_date

)

select
    coalesce(expected.event_date, found.metric_date) as activity_date,
    expected.user_count as expected_count,
    found.user_count as found_count
from expected
full outer join found
    on expected.event_date = found.metric_date
where expected.user_count is distinct from found.user_count
