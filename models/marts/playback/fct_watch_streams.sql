{{ config(materialized='view') }}

select
    stream_id,
    user_id,
    program_id,
    session_id,
    device,
    stream_date,
    start_at,
    began_at,
    ended_at,
    stream_duration_seconds,
    heartbeat_count,
    is_resumed,
    ended_by
from {{ ref('int_playback__watch_streams') }}
where not is_open
