{{
    config(
        materialized='incremental',
        meta={
            'is_change_feed': true,
            'scope': 'int_playback__touched_sessions',
            'scope_columns': {'user_id': 'user_id', 'session_id': 'session_id', 'event_date': 'stream_date'},
            'day': 'stream_date'
        },
        partition_by=partition_by_day('stream_date'),
        cluster_by=['change_number', 'user_id', 'session_id']
    )
}}

with

-- What arrived after the list was made waits for the next one if its program started on a day that the list does not have.
heartbeats as (

    select heartbeats.*
    from {{ ref('stg_playback__heartbeats') }} as heartbeats
    where
        {{ is_touched(
            'int_playback__touched_sessions',
            {'user_id': 'heartbeats.user_id', 'session_id': 'heartbeats.session_id', 'event_date': 'heartbeats.event_date'},
            day='event_date'
        ) }}
        and {{ is_touched('int_playback__touched_sessions', {
            'user_id': 'heartbeats.user_id', 'session_id': 'heartbeats.session_id',
            'event_date': date_in_reporting_timezone('heartbeats.start_at')
        }) }}

),

watermark as (

    select max(watermark_after_at) as watermark_at
    from {{ ref('int_playback__heartbeat_arrival_days') }}

),

-- Ties in time keep the order of arrival. Before the first heartbeat of a session and after its last there is no other.
in_order as (

    select
        user_id,
        session_id,
        program_id,
        device,
        start_at,
        event_at,
        row_number() over by_time as heartbeat_number,
        lead(event_at) over by_time as next_event_at,
        coalesce({{ is_stream_over(
            'lag(event_at) over by_time', 'event_at',
            'lag(program_id) over by_time', 'program_id',
            'lag(start_at) over by_time', 'start_at'
        ) }}, true) as is_stream_start,
        coalesce({{ is_stream_over(
            'event_at', 'lead(event_at) over by_time',
            'program_id', 'lead(program_id) over by_time',
            'start_at', 'lead(start_at) over by_time'
        ) }}, true) as is_stream_end
    from heartbeats
    window by_time as (partition by user_id, session_id order by event_at, loaded_at, source_file, source_position)

),

-- The first and the last heartbeat of each stream are enough, and follow each other; of a single one both are the same.
bounds as (

    select
        *,
        lead(event_at) over by_number as following_event_at,
        lead(heartbeat_number) over by_number as following_number,
        lead(next_event_at) over by_number as following_next_event_at
    from in_order
    where is_stream_start or is_stream_end
    window by_number as (partition by user_id, session_id order by heartbeat_number)

),

streams as (

    select
        user_id,
        session_id,
        program_id,
        device,
        start_at,
        heartbeat_number,
        event_at as first_heartbeat_at,
        case when is_stream_end then event_at else following_event_at end as ended_at,
        case when is_stream_end then next_event_at else following_next_event_at end as next_event_at,
        case when is_stream_end then 1 else following_number - heartbeat_number + 1 end as heartbeat_count
    from bounds
    where is_stream_start

),

-- Only the first stream of a program begins where the program began; the others go on after something else.
begun as (

    select
        streams.*,
        row_number() over (
            partition by streams.user_id, streams.session_id, streams.program_id, streams.start_at
            order by streams.heartbeat_number
        ) > 1 as is_resumed,
        streams.next_event_at is null
        and {{ is_within_playback_timeout('streams.ended_at', 'watermark.watermark_at') }} as is_open
    from streams
    cross join watermark

),

dated as (

    select
        *,
        case when is_resumed then first_heartbeat_at else start_at end as began_at,
        case
            when is_open then null
            when {{ is_within_playback_timeout('ended_at', 'next_event_at') }} then 'next_program'
            else 'timeout'
        end as ended_by
    from begun

)

select
    {{ stream_id() }} as stream_id,
    user_id,
    session_id,
    program_id,
    device,
    start_at,
    began_at,
    first_heartbeat_at,
    ended_at,
    {{ date_in_reporting_timezone('began_at') }} as stream_date,
    {{ micros_as_decimal(unix_microseconds('ended_at') ~ ' - ' ~ unix_microseconds('began_at')) }} as stream_duration_seconds,
    cast(heartbeat_count as int64) as heartbeat_count,
    is_resumed,
    is_open,
    ended_by,
    {{ next_change_number() }} as change_number
from dated
{{ stored_in_order_of('stream_date') }}
