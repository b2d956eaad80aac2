{{ config(materialized='view') }}
select
    is_order,
    record_id,
    user_id,
    occurred_at,
    order_amount,
    currency,
    window_start_at,
    watermark_at,
    loaded_at,
    source_file,
    source_position
from {{ ref('int_activity__events_and_orders') }}
where is_late
