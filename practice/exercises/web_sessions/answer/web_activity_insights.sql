with

busiest as (

    select activity_date
    from {{ ref('fct_daily_web_activity') }}
    order by event_count desc, activity_date
    limit 1

),

durations as (

    select
        event_count,
        epoch_us(session_ended_at) - epoch_us(session_started_at) as microseconds
    from {{ ref('fct_web_sessions') }}

)

select
    (select activity_date from busiest) as busiest_date,
    max(event_count) as most_events,
    cast(sum(microseconds) // count(*) as decimal(18, 6)) * 0.000001 as average_seconds,
    cast(quantile_disc(microseconds, 0.5) as decimal(18, 6)) * 0.000001 as median_seconds,
    cast(quantile_disc(microseconds, 0.95) as decimal(18, 6)) * 0.000001 as p95_seconds
from durations
