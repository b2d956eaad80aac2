{{
    config(
        materialized='incremental',
        meta={
            'scope': 'int_web__rewritten_sessions', 'scope_columns': {'session_id': 'session_id', 'event_date': 'session_date'},
            'day': 'session_date'
        },
        partition_by=partition_by_day('session_date'),
        cluster_by=['user_id', 'device_id']
    )
}}

with

events as (

    select events.*
    from {{ ref('int_web__events_sessionized') }} as events
    where
        events.event_date >= date '0001-01-01'
        and {{ is_touched(
            'int_web__rewritten_sessions', {'session_id': 'events.session_id', 'event_date': 'events.event_date'}, day='event_date'
        ) }}

),

sessions as (

    select
        session_id,
        session_started_at,
        max(case when is_session_start then user_id end) as user_id,
        max(case when is_session_start then device_id end) as device_id,
        max(case when is_session_start then event_name end) as entry_event_name,
        max(case when is_session_start then app_version end) as app_version,
        max(case when is_session_start then client end) as client,
        max(event_at) as session_ended_at,
        count(*) as event_count
    from events
    group by session_id, session_started_at

)

select
    session_id,
    user_id,
    device_id,
    {{ date_in_reporting_timezone('session_started_at') }} as session_date,
    session_started_at,
    session_ended_at,
    {{ micros_as_decimal(unix_microseconds('session_ended_at') ~ ' - ' ~ unix_microseconds('session_started_at')) }}
        as session_duration_seconds,
    event_count,
    entry_event_name,
    app_version,
    client
from sessions
{{ stored_in_order_of('session_date') }}
