-- Each stream is in the fact or among the open ones, and which of the two follows from the heartbeats that have arrived.
with

watermark as (

    select max(event_at) as watermark_at
    from {{ ref('base_playback__heartbeats') }}
    where rejection_reason is null or rejection_reason = 'exact_duplicate'

),

-- Of streams that end at the same time either may be the last of their session.
streams as (

    select
        stream_id,
        ended_at,
        ended_at = max(ended_at) over (partition by user_id, session_id) as can_be_last,
        count(*) over (partition by user_id, session_id, ended_at) as ending_together
    from {{ ref('int_playback__watch_streams') }}

),

expected as (

    select
        streams.stream_id,
        streams.can_be_last and {{ is_within_playback_timeout('streams.ended_at', 'watermark.watermark_at') }} as can_be_open,
        streams.ending_together
    from streams
    cross join watermark

)

select
    expected.stream_id,
    closed_streams.stream_id is not null as is_closed,
    open_streams.stream_id is not null as is_open,
    expected.can_be_open
from expected
left join {{ ref('fct_watch_streams') }} as closed_streams
    on expected.stream_id = closed_streams.stream_id
left join {{ ref('int_playback__open_watch_streams') }} as open_streams
    on expected.stream_id = open_streams.stream_id
where
    (closed_streams.stream_id is null) = (open_streams.stream_id is null)
    or (open_streams.stream_id is not null and not expected.can_be_open)
    or (open_streams.stream_id is null and expected.can_be_open and expected.ending_together = 1)
