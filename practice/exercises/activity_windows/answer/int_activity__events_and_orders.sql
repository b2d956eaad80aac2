select
    false as is_order,
    event_id as record_id,
    coalesce(event_at < event_watermark_at - interval 3 seconds, false) as is_late
from {{ ref('events') }}

union all

select
    true as is_order,
    order_id as record_id,
    coalesce(ordered_at < greatest_ordered_at - interval 3 seconds, false) as is_late
from {{ ref('orders') }}
