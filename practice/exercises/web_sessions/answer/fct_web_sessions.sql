with

starts as (

    select
        *,
        case
            when epoch_us(event_at) - epoch_us(lag(event_at) over in_order) <= 1800000000 then 0
            else 1
        end as is_start
    from {{ ref('stg_web__events') }}
    window in_order as (partition by user_id, device_id order by event_at, loaded_at, source_file, source_position)

),

numbered as (

    select
        *,
        sum(is_start) over (
            partition by user_id, device_id
            order by event_at, loaded_at, source_file, source_position
        ) as session_number
    from starts

)

select
    user_id,
    device_id,
    first(event_name order by event_at, loaded_at, source_file, source_position) as event_name,
    min(event_at) as session_started_at,
    max(event_at) as session_ended_at,
    count(*) as event_count
from numbered
group by user_id, device_id, session_number
