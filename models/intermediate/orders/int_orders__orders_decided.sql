{{
    config(
        materialized='incremental',
        unique_key=['loaded_at', 'source_file', 'source_position'],
        meta={'day': 'loaded_date'},
        partition_by=partition_by_day('loaded_date'),
        cluster_by=['change_number', 'user_id']
    )
}}

with

-- An order may be updated after months, and that must not look like a late order.
decided as (

    {{ decided_by_first_arrival(
        feed='base_shop__orders', staged='stg_shop__orders', arrival_days='int_orders__order_arrival_days',
        id='order_id', event_at='ordered_at', greatest_at='greatest_ordered_at',
        columns=['order_id', 'user_id', 'order_amount', 'currency', 'ordered_at', 'order_date', 'loaded_at', 'source_file', 'source_position'],
        window_seconds=setting('order_window_seconds'), lateness_seconds=setting('order_watermark_delay_seconds')
    ) }}

)

select
    order_id,
    user_id,
    order_amount,
    {{ order_currency() }} as currency,
    ordered_at,
    order_date,
    decision,
    greatest_ordered_at,
    {{ plus_seconds('greatest_ordered_at', -(setting('order_watermark_delay_seconds') | int)) }} as watermark_at,
    {{ decided_change_number(counts_in_activity('ordered_at', 'greatest_ordered_at')) }} as change_number,
    cast(loaded_at as date) as loaded_date,
    loaded_at,
    source_file,
    source_position
from decided
