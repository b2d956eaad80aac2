select
    user_id,
    program_id,
    start_at,
    session_id,
    device,
    event_at,
    event_date,
    extra_columns,
    loaded_at,
    source_file,
    source_position
from {{ ref('base_playback__heartbeats') }}
where rejection_reason is null
