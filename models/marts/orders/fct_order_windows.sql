{{
    config(
        materialized='incremental',
        meta={
            'scope': 'int_orders__touched_order_windows',
            'scope_columns': {'window_start_at': 'window_start_at', 'window_date': 'window_date'}, 'day': 'window_date'
        },
        partition_by=partition_by_day('window_date')
    )
}}
{%- set window_seconds = var('order_window_seconds') | int %}

with

accepted_orders as (

    select
        user_id,
        order_amount,
        {{ tumbling_window_start('ordered_at', window_seconds) }} as window_start_at
    from {{ ref('int_orders__orders_decided') }}
    where
        decision = 'accepted'
        and {{ arrived_for_windows(
            'int_orders__touched_order_windows', 'int_orders__order_arrival_days',
            seconds_after=window_seconds + (var('order_watermark_delay_seconds') | int)
        ) }}

),

windows as (

    select
        orders.window_start_at,
        {{ plus_seconds('orders.window_start_at', window_seconds) }} as window_end_at,
        {{ date_in_reporting_timezone('orders.window_start_at') }} as window_date,
        count(*) as order_count,
        sum(orders.order_amount) as order_amount,
        count(distinct orders.user_id) as customer_count
    from accepted_orders as orders
    where {{ is_touched('int_orders__touched_order_windows', {'window_start_at': 'orders.window_start_at'}) }}
    group by orders.window_start_at

)

select
    window_start_at,
    window_end_at,
    window_date,
    order_count,
    order_amount,
    {{ average_amount('order_amount', 'order_count') }} as average_order_amount,
    customer_count,
    {{ is_final('window_end_at', 'int_orders__order_arrival_days', var('order_watermark_delay_seconds')) }} as is_final
from windows
{{ stored_in_order_of('window_date') }}
