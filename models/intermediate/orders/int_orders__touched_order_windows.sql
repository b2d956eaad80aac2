{{ config(materialized='table', meta={'bookkeeping': true}) }}
{%- if not execute -%}
    {%- do ref('int_orders__order_arrival_days') -%}
{%- endif -%}
{%- set stored_windows = as_last_run_left('fct_order_windows') -%}
{%- set window_start_at = tumbling_window_start('ordered_at', var('order_window_seconds')) -%}
{%- set window_date = date_in_reporting_timezone(window_start_at) %}

select distinct
    {{ window_start_at }} as window_start_at,
    {{ window_date }} as window_date
from {{ ref('int_orders__orders_decided') }}
where {{ changed_since_last_run('int_orders__orders_decided', day=window_date) }}
{%- if stored_windows %}

union distinct

-- Windows that have become final since they were written.
select
    stored_windows.window_start_at,
    stored_windows.window_date
from {{ stored_windows }} as stored_windows
where
    not stored_windows.is_final
    and {{ is_final('stored_windows.window_end_at', 'int_orders__order_arrival_days', var('order_watermark_delay_seconds')) }}
{%- endif %}
