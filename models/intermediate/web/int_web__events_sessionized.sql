{{
    config(
        partition_by=partition_by_day('event_date'),
        require_partition_filter=true,
        cluster_by=['user_id', 'device_id']
    )
}}

with

-- Ties in time keep the order of arrival.
events as (

    select
        *,
        lag(event_at) over by_time as previous_event_at,
        lag(event_date) over by_time as previous_event_date
    from {{ ref('stg_web__events') }}
    window by_time as (partition by {{ session_identity() }} order by event_at, loaded_at, source_file, source_position)

),

-- Whole microseconds, because engines differ in how they count seconds between times. A gap of exactly the timeout continues.
flagged as (

    select
        *,
        previous_event_at is null
        or {{ unix_microseconds('event_at') }} - {{ unix_microseconds('previous_event_at') }}
        > {{ var('session_timeout_seconds') }} * 1000000 as is_session_start
    from events

),

-- Starts grow with time, so the newest start so far is the start of the session an event is in.
started as (

    select
        *,
        max(case when is_session_start then event_at end) over (
            partition by {{ session_identity() }}
            order by event_at, loaded_at, source_file, source_position
            rows between unbounded preceding and current row
        ) as session_started_at
    from flagged

)

select
    {{ session_id('session_started_at') }} as session_id,
    session_started_at,
    is_session_start,
    is_session_start or event_date <> previous_event_date as is_first_of_session_on_date,
    user_id,
    device_id,
    event_name,
    app_version,
    client,
    event_at,
    event_date,
    loaded_at,
    source_file,
    source_position
from started
