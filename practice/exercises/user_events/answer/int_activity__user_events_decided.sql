with

met as (

    select
        *,
        max(event_at) over (
            order by loaded_at, source_file, source_position
            rows between unbounded preceding and 1 preceding
        ) as watermark_at,
        first_value(event_at) over by_id as first_event_at,
        row_number() over by_id as arrival_number
    from {{ ref('base_app__user_events') }}
    window by_id as (partition by event_id order by loaded_at, source_file, source_position)

)

select
    source_position,
    event_id,
    case
        when arrival_number > 1 and abs(epoch_us(event_at) - epoch_us(first_event_at)) <= 10000000 then 'duplicate'
        when arrival_number > 1 then 'stale_duplicate'
        when epoch_us(watermark_at) >= (epoch_us(event_at) // 10000000 + 1) * 10000000 + 5000000 then 'late'
        else 'accepted'
    end as decision
from met
