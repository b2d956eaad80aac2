{{ config(materialized='view') }}

select
    stream_id,
    user_id,
    session_id,
    program_id,
    device,
    start_at,
    began_at,
    first_heartbeat_at,
    ended_at as last_heartbeat_at,
    stream_date,
    heartbeat_count,
    is_resumed
from {{ ref('int_playback__watch_streams') }}
where is_open
