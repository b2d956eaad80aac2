-- From the sessions' own times and their events', with neighbours of the same identity compared.
with

-- Whose event before is too long ago, or is none, begins a session.
starts as (

    select *
    from (
        select
            {{ session_identity_columns() }},
            event_at,
            lag(event_at) over (partition by {{ session_identity() }} order by event_at) as previous_event_at
        from {{ ref('stg_web__events') }}
    ) as events
    where
        previous_event_at is null
        or {{ unix_microseconds('event_at') }} - {{ unix_microseconds('previous_event_at') }}
        > {{ var('session_timeout_seconds') }} * 1000000

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
    cast(starts.event_at as string) as subject,
    'gap inside a session' as problem
from starts
left join {{ ref('fct_web_sessions') }} as started_sessions
    on
        {{ is_same_session_identity('starts', 'started_sessions') }}
        and starts.event_at = started_sessions.session_started_at
where started_sessions.session_id is null

union all

select
    session_id as subject,
    'no gap before the session' as problem
from sessions
where
    {{ unix_microseconds('session_started_at') }} - {{ unix_microseconds('previous_session_ended_at') }}
    <= {{ var('session_timeout_seconds') }} * 1000000
