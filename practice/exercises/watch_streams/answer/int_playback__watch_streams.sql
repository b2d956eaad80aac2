with

watermark as (

    select epoch_us(max(watermark_after_at)) as watermark_us
    from {{ ref('int_playback__heartbeat_arrival_days') }}

),

begun as (

    select
        *,
        case
            when
                program_id = lag(program_id) over in_order
                and start_at = lag(start_at) over in_order
                and epoch_us(event_at) - epoch_us(lag(event_at) over in_order) <= 60000000
                then 0
            else 1
        end as is_beginning
    from {{ ref('stg_playback__heartbeats') }}
    window in_order as (partition by user_id, session_id order by event_at, loaded_at, source_file, source_position)

),

numbered as (

    select
        *,
        sum(is_beginning) over (
            partition by user_id, session_id
            order by event_at, loaded_at, source_file, source_position
        ) as stream_number
    from begun

),

streams as (

    select
        user_id,
        session_id,
        program_id,
        start_at,
        stream_number,
        first(device order by event_at, loaded_at, source_file, source_position) as device,
        min(event_at) as first_heartbeat_at,
        max(event_at) as ended_at,
        count(*) as heartbeat_count
    from numbered
    group by user_id, session_id, program_id, start_at, stream_number

),

judged as (

    select
        streams.*,
        row_number() over (partition by user_id, session_id, program_id, start_at order by stream_number) > 1 as is_resumed,
        epoch_us(lead(first_heartbeat_at) over (partition by user_id, session_id order by stream_number))
        - epoch_us(ended_at) as silence_us,
        watermark_us - epoch_us(ended_at) as silence_until_now_us
    from streams
    cross join watermark

)

select
    user_id,
    session_id,
    program_id,
    device,
    start_at,
    case when is_resumed then first_heartbeat_at else start_at end as began_at,
    ended_at,
    heartbeat_count,
    is_resumed,
    silence_us is null and silence_until_now_us <= 60000000 as is_open,
    case
        when silence_us <= 60000000 then 'next_program'
        when silence_us is not null or silence_until_now_us > 60000000 then 'timeout'
    end as ended_by
from judged
