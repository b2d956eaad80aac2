{{ config(materialized='view') }}
{%- set window_start_at = tumbling_window_start('ordered_at', setting('order_window_seconds')) %}

select
    order_id,
    user_id,
    order_amount,
    currency,
    ordered_at,
    {{ window_start_at }} as window_start_at,
    {{ tumbling_window_end('ordered_at', setting('order_window_seconds')) }} as window_end_at,
    {{ date_in_reporting_timezone(window_start_at) }} as window_date,
    watermark_at,
    loaded_at,
    source_file,
    source_position
from {{ ref('int_orders__orders_decided') }}
where decision = 'late'
