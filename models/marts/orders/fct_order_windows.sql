{{
    config(
        materialized='incremental',
        unique_key=['window_start_at', 'window_date'],
        meta={'day': 'window_date'},
        partition_by=partition_by_day('window_date')
    )
}}
{%- set window_seconds = setting('order_window_seconds') | int -%}
{%- set window_start_at = tumbling_window_start('ordered_at', window_seconds) -%}
{%- set window_date = date_in_reporting_timezone(window_start_at) -%}
{%- set is_final = is_final('window_end_at', 'int_orders__order_arrival_days', setting('order_watermark_delay_seconds')) %}

-- Windows of new orders, of orders that have another value, and those that have become final since they were written.
{% call scope() %}
    select
        {{ window_start_at }} as window_start_at,
        {{ window_date }} as window_date
    from {{ new_rows(ref('int_orders__orders_decided'), day=window_date) }} as new_orders

    union distinct

    select
        {{ window_start_at }} as window_start_at,
        {{ window_date }} as window_date
    from {{ revalued(ref('int_orders__orders_decided'), is_by_arrival=true) }} as revalued_orders

    union distinct

    select
        window_start_at,
        window_date
    from {{ this }}
    where not is_final and {{ is_final }}
{% endcall %}

with

accepted_orders as (

    select
        user_id,
        order_amount,
        currency,
        order_date,
        {{ window_start_at }} as window_start_at,
        {{ window_date }} as window_date
    from {{ ref('int_orders__orders_decided') }}
    where
        decision = 'accepted'
        and {{ arrived_for_windows(
            'int_orders__order_arrival_days', seconds_after=window_seconds + (setting('order_watermark_delay_seconds') | int)
        ) }}

),

orders_of_windows as (

    select *
    from {{ in_scope('accepted_orders') }}

),

windows as (

    select
        window_start_at,
        {{ plus_seconds('window_start_at', window_seconds) }} as window_end_at,
        window_date,
        count(*) as order_count,
        count(ordered_amount) as valued_order_count,
        coalesce(sum(ordered_amount), 0) as ordered_amount,
        count(distinct user_id) as customer_count
    from {{ in_reporting_currency('orders_of_windows') }}
    group by window_start_at, window_date

)

select
    window_start_at,
    window_end_at,
    window_date,
    order_count,
    valued_order_count,
    ordered_amount,
    {{ average_amount('ordered_amount', 'nullif(valued_order_count, 0)') }} as average_ordered_amount,
    customer_count,
    {{ is_final }} as is_final
from windows
