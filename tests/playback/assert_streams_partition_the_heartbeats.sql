-- Each accepted heartbeat is in one stream: per session and program, streams have as many, from the first to the last.
with

heartbeats as (

    select
        user_id,
        session_id,
        program_id,
        start_at,
        count(*) as heartbeat_count,
        min(event_at) as first_heartbeat_at,
        max(event_at) as ended_at
    from {{ ref('stg_playback__heartbeats') }}
    group by user_id, session_id, program_id, start_at

),

streams as (

    select
        user_id,
        session_id,
        program_id,
        start_at,
        sum(heartbeat_count) as heartbeat_count,
        min(first_heartbeat_at) as first_heartbeat_at,
        max(ended_at) as ended_at
    from {{ ref('int_playback__watch_streams') }}
    group by user_id, session_id, program_id, start_at

)

select
    coalesce(heartbeats.user_id, streams.user_id) as user_id,
    coalesce(heartbeats.session_id, streams.session_id) as session_id,
    heartbeats.heartbeat_count,
    streams.heartbeat_count as streams_heartbeat_count
from heartbeats
full outer join streams
    on
        heartbeats.user_id = streams.user_id
        and heartbeats.session_id = streams.session_id
        and heartbeats.program_id = streams.program_id
        and heartbeats.start_at = streams.start_at
where
    heartbeats.heartbeat_count is distinct from streams.heartbeat_count
    or heartbeats.first_heartbeat_at is distinct from streams.first_heartbeat_at
    or heartbeats.ended_at is distinct from streams.ended_at
