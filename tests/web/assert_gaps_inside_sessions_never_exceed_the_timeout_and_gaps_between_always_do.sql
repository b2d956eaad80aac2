-- From the sessions' own times and their events', with neighbours of the same identity compared.
with

events as (

    select
        session_id,
        event_at,
        lag(event_at) over (partition by session_id order by event_at) as previous_event_at
    from {{ ref('int_web__events_sessionized') }}

),

sessions as (

    select
        session_id,
        session_started_at,
        lag(session_ended_at) over (
            partition by {{ session_identity() }}
            order by session_started_at
        ) as previous_session_ended_at
    from {{ ref('fct_web_sessions') }}

)

select
    session_id,
    'gap inside the session' as problem
from events
where
    {{ unix_microseconds('event_at') }} - {{ unix_microseconds('previous_event_at') }}
    > {{ var('session_timeout_seconds') }} * 1000000

union all

select
    session_id,
    'no gap before the session' as problem
from sessions
where
    {{ unix_microseconds('session_started_at') }} - {{ unix_microseconds('previous_session_ended_at') }}
    <= {{ var('session_timeout_seconds') }} * 1000000
