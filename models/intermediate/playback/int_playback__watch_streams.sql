{{
    config(
        materialized='incremental',
        unique_key=['user_id', 'session_id', 'stream_date'],
        meta={'day': 'stream_date'},
        partition_by=partition_by_day('stream_date'),
        cluster_by=['change_number', 'user_id', 'session_id']
    )
}}

{#-
    Sessions that something has arrived for, and those whose open stream has come to its end because time went on elsewhere. A heartbeat that counted
    is a repetition once an earlier arrival of it has come, so repetitions are news too. Of each session, all days on which one of its streams can begin
    or be stored: those of its heartbeats and of the starts of its programs.
#}
{% call scope() %}
    with

    changed_heartbeats as (

        select distinct
            user_id,
            session_id,
            event_date,
            {{ date_in_reporting_timezone('start_at') }} as start_date
        from {{ new_rows(ref('base_playback__heartbeats'), day='event_date') }} as new_heartbeats
        where rejection_reason is null or rejection_reason = 'exact_duplicate'

    ),

    changed_sessions as (

        select
            user_id,
            session_id
        from changed_heartbeats

        union distinct

        select
            streams.user_id,
            streams.session_id
        from {{ this }} as streams
        cross join (
            select max(watermark_after_at) as watermark_at
            from {{ ref('int_playback__heartbeat_arrival_days') }}
        ) as arrival_days
        where
            (streams.is_open and not {{ is_within_playback_timeout('streams.ended_at', 'arrival_days.watermark_at') }})
            or streams.stream_date in ({{ date_literals(rebuilt_days()) }})

    ),

    stored_streams as (

        select streams.*
        from {{ this }} as streams
        inner join changed_sessions
            on streams.user_id = changed_sessions.user_id and streams.session_id = changed_sessions.session_id

    )

    {% for days in ([-1, 0, 1] if rebuilt_days() else [0]) -%}
    -- When days are rebuilt, what is stored of a session may be wrong: a stream of it goes on before or after midnight.
    select
        user_id,
        session_id,
        {{ date_plus_days('event_date', days) }} as stream_date
    from changed_heartbeats

    union distinct

    {% endfor -%}
    select
        user_id,
        session_id,
        start_date as stream_date
    from changed_heartbeats

    union distinct

    select
        user_id,
        session_id,
        {{ date_in_reporting_timezone('start_at') }} as stream_date
    from stored_streams

    union distinct

    select
        stored_streams.user_id,
        stored_streams.session_id,
        stream_date -- noqa: RF02,RF03
    from (select user_id, session_id, first_heartbeat_at, ended_at from stored_streams) as stored_streams
    cross join {{ each_date_of('stored_streams.first_heartbeat_at', 'stored_streams.ended_at', 'stream_date') }}
{% endcall %}

with

-- What arrived after the scope was made waits for the next one if its program started on a day that the scope does not have.
heartbeats as (

    select heartbeats.*
    from {{ in_scope(ref('stg_playback__heartbeats'), stream_date='event_date') }} as heartbeats
    where {{ is_in_scope(
        user_id='heartbeats.user_id', session_id='heartbeats.session_id', stream_date=date_in_reporting_timezone('heartbeats.start_at')
    ) }}

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
    {{ change_number() }} as change_number
from dated
