with

met as (

    select
        *,
        time_bucket(interval 5 minutes, ordered_at, timestamp '1970-01-01') + interval 5 minutes as window_end_at,
        max(ordered_at) over (
            order by loaded_at, source_file, source_position
            rows between unbounded preceding and 1 preceding
        ) - interval 10 minutes as watermark_at,
        row_number() over (partition by order_id order by loaded_at, source_file, source_position) as arrival_number
    from {{ ref('stg_shop__orders') }}

)

select
    source_position,
    order_id,
    case
        when arrival_number > 1 then 'repeated'
        when watermark_at >= window_end_at then 'late'
        else 'accepted'
    end as decision
from met
