{{ config(materialized='view') }}
{#- Two streams side by side: each id at its first arrival, late where it is older than the watermark of its own stream. -#}
{%- set lateness = setting('activity_watermark_delay_seconds') | int %}

with

records as (

    select
        false as is_order,
        event_id as record_id,
        user_id,
        event_type,
        event_at as occurred_at,
        cast(null as numeric(38, 9)) as order_amount,
        cast(null as string) as currency,
        cast(null as date) as order_date,
        {{ is_late('event_at', 'watermark_at', 'strict', lateness) }} as is_late,
        {{ plus_seconds('watermark_at', -lateness) }} as watermark_at,
        loaded_date,
        loaded_at,
        source_file,
        source_position
    from {{ ref('int_activity__user_events_decided') }}
    where decision in ('accepted', 'late')

    union all

    select
        true as is_order,
        order_id as record_id,
        user_id,
        cast(null as string) as event_type,
        ordered_at as occurred_at,
        order_amount,
        currency,
        order_date,
        {{ is_late('ordered_at', 'greatest_ordered_at', 'strict', lateness) }} as is_late,
        {{ plus_seconds('greatest_ordered_at', -lateness) }} as watermark_at,
        loaded_date,
        loaded_at,
        source_file,
        source_position
    from {{ ref('int_orders__orders_decided') }}
    where decision in ('accepted', 'late')

)

select
    *,
    {{ tumbling_window_start('occurred_at', setting('activity_window_seconds')) }} as window_start_at
from records
