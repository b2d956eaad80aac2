select
    stream_date,
    user_id,
    count(distinct session_id) as session_count,
    count(*) as stream_count,
    sum(stream_duration_seconds) as watch_seconds
from {{ ref('int_playback__watch_streams') }}
where not is_open
group by stream_date, user_id
