with

met as (

    select
        *,
        time_bucket(interval 5 minutes, event_at, timestamp '1970-01-01') as window_start_at,
        max(event_at) over (
            order by loaded_at, source_file, source_position
            rows between unbounded preceding and 1 preceding
        ) - interval 10 minutes as watermark_at,
        row_number() over (partition by event_id order by loaded_at, source_file, source_position) as arrival_number
    from {{ ref('base_shipping__shipment_scans') }}

)

select
    source_position,
    event_id,
    case
        when arrival_number > 1 then 'repeated'
        when watermark_at >= window_start_at + interval 5 minutes + interval 24 hours then 'late'
        else 'accepted'
    end as decision,
    window_start_at
from met
