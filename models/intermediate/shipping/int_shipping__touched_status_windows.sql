{{ config(materialized='table', meta={'bookkeeping': true}) }}
{%- if not execute -%}
    {%- do [ref('int_shipping__scan_arrival_days'), ref('int_shipping__rebuilt_scan_dates')] -%}
{%- endif -%}
{%- set stored_windows = as_last_run_left('fct_shipment_status_windows') -%}
{%- set scan_date = date_in_reporting_timezone('window_start_at') %}

select distinct
    shipment_id,
    window_start_at,
    {{ scan_date }} as window_date
from {{ ref('int_shipping__scans_decided') }}
where {{ changed_since_last_run('int_shipping__scans_decided', day=scan_date) }}
{%- if stored_windows %}
{%- set dates_to_rebuild = scan_dates_to_rebuild(stored_windows) %}

union distinct

-- Windows that the watermark has passed since they were written, and all of the dates that late scans are taken in for.
select
    stored_windows.shipment_id,
    stored_windows.window_start_at,
    stored_windows.window_date
from {{ stored_windows }} as stored_windows
where
    (
        not stored_windows.is_complete
        and {{ is_final('stored_windows.window_end_at', 'int_shipping__scan_arrival_days', var('scan_watermark_delay_seconds')) }}
    )
    or stored_windows.window_date in ({{ date_literals(dates_to_rebuild) }})
{%- if dates_to_rebuild %}

union distinct

select
    shipment_id,
    window_start_at,
    {{ scan_date }} as window_date
from {{ ref('int_shipping__scans_decided') }}
where
    decision = 'late'
    and {{ scan_date }} in ({{ date_literals(dates_to_rebuild) }})
{%- endif %}
{%- endif %}
