-- From the streams' own times and the gaps between heartbeats. Where heartbeats share a time, streams do not tell their order.
with

in_order as (

    select
        stream_id,
        program_id,
        start_at,
        first_heartbeat_at,
        lag(program_id) over by_time as previous_program_id,
        lag(start_at) over by_time as previous_start_at,
        lag(ended_at) over by_time as previous_ended_at,
        count(*) over (partition by user_id, session_id, first_heartbeat_at) as beginning_together,
        lag(ending_together) over by_time as previous_ending_together
    from (
        select
            *,
            count(*) over (partition by user_id, session_id, ended_at) as ending_together
        from {{ ref('int_playback__watch_streams') }}
    ) as watch_streams
    window by_time as (partition by user_id, session_id order by first_heartbeat_at, ended_at, stream_id)

),

heartbeats as (

    select
        user_id,
        session_id,
        event_at,
        lag(event_at) over (partition by user_id, session_id order by event_at) as previous_event_at
    from {{ ref('stg_playback__heartbeats') }}

),

long_gaps as (

    select *
    from heartbeats
    where not {{ is_within_playback_timeout('previous_event_at', 'event_at') }}

)

select
    stream_id,
    'overlaps with the stream before it' as problem
from in_order
where first_heartbeat_at < previous_ended_at

union all

select
    stream_id,
    'could go on with the stream before it' as problem
from in_order
where
    program_id = previous_program_id
    and start_at = previous_start_at
    and {{ is_within_playback_timeout('previous_ended_at', 'first_heartbeat_at') }}
    and beginning_together = 1
    and previous_ending_together = 1

union all

select
    watch_streams.stream_id,
    'goes on over a long gap' as problem
from {{ ref('int_playback__watch_streams') }} as watch_streams
inner join long_gaps
    on
        watch_streams.user_id = long_gaps.user_id
        and watch_streams.session_id = long_gaps.session_id
        and watch_streams.first_heartbeat_at <= long_gaps.previous_event_at
        and watch_streams.ended_at >= long_gaps.event_at
