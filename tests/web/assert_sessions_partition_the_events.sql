-- Each accepted event is in exactly one session, and each session of the fact has the events it says, from its start to its end.
with

sessionized as (

    select
        session_id,
        loaded_at,
        source_file,
        source_position,
        event_at
    from {{ ref('int_web__events_sessionized') }}

),

memberships as (

    select
        events.loaded_at,
        events.source_file,
        events.source_position,
        count(sessionized.session_id) as session_count
    from {{ ref('stg_web__events') }} as events
    left join sessionized
        on
            events.loaded_at = sessionized.loaded_at
            and events.source_file = sessionized.source_file
            and events.source_position = sessionized.source_position
    group by events.loaded_at, events.source_file, events.source_position

),

session_sizes as (

    select
        session_id,
        count(*) as event_count,
        min(event_at) as first_event_at,
        max(event_at) as last_event_at
    from sessionized
    group by session_id

),

disagreements as (

    select coalesce(session_sizes.session_id, sessions.session_id) as session_id
    from session_sizes
    full outer join {{ ref('fct_web_sessions') }} as sessions
        on session_sizes.session_id = sessions.session_id
    where
        session_sizes.event_count is null
        or sessions.event_count is null
        or session_sizes.event_count <> sessions.event_count
        or session_sizes.first_event_at <> sessions.session_started_at
        or session_sizes.last_event_at <> sessions.session_ended_at

)

select
    'event in no session or in several' as problem,
    source_file || ':' || cast(source_position as string) as subject
from memberships
where session_count <> 1

union all

select
    'session with other events than the fact says' as problem,
    session_id as subject
from disagreements
