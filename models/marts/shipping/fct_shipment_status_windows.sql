{{
    config(
        materialized='incremental',
        unique_key=['shipment_id', 'window_start_at', 'window_date'],
        meta={'day': 'window_date'},
        partition_by=partition_by_day('window_date'),
        cluster_by=['shipment_id']
    )
}}
{%- set window_seconds = setting('scan_window_seconds') | int -%}
{%- set lateness = (setting('scan_watermark_delay_seconds') | int) + (setting('scan_allowed_lateness_seconds') | int) -%}
{%- set arrival_days = 'int_shipping__scan_arrival_days' -%}
{%- set window_date = date_in_reporting_timezone('window_start_at') %}

-- Windows of new scans, those that the watermark has passed since, and all of the dates that late scans are taken in for.
{% call scope() %}
    select
        shipment_id,
        window_start_at,
        {{ window_date }} as window_date
    from {{ new_rows(ref('int_shipping__scans_decided'), day=window_date) }} as new_scans

    union distinct

    {% set dates_to_rebuild = date_literals(scan_dates_to_rebuild(this)) -%}
    select
        shipment_id,
        window_start_at,
        window_date
    from {{ this }}
    where
        (not is_complete and {{ is_final('window_end_at', arrival_days, setting('scan_watermark_delay_seconds')) }})
        or window_date in ({{ dates_to_rebuild }})

    union distinct

    select
        shipment_id,
        window_start_at,
        {{ window_date }} as window_date
    from {{ ref('int_shipping__scans_decided') }}
    where
        decision = 'late'
        and {{ window_date }} in ({{ dates_to_rebuild }})
{% endcall %}

with

-- Late scans count from the rebuild of their date on that was asked for after they had arrived.
counted_scans as (

    select
        scans.*,
        {{ date_in_reporting_timezone('scans.window_start_at') }} as window_date,
        cast(null as timestamp) as late_loaded_at
    from {{ ref('int_shipping__scans_decided') }} as scans
    where
        scans.decision = 'accepted'
        and {{ arrived_for_windows(arrival_days, seconds_after=window_seconds + lateness, rows='scans') }}

    union all

    select
        scans.*,
        rebuilt.scan_date as window_date,
        scans.loaded_at as late_loaded_at
    from {{ ref('int_shipping__scans_decided') }} as scans
    inner join {{ ref('int_shipping__rebuilt_scan_dates') }} as rebuilt
        on {{ date_in_reporting_timezone('scans.window_start_at') }} = rebuilt.scan_date
    where
        scans.decision = 'late'
        and scans.loaded_at <= rebuilt.rebuilt_through_at
        and {{ arrived_late_before_rebuild(rows='scans') }}

),

windows as (

    select
        scans.*,
        count(*) over (partition by scans.shipment_id, scans.window_start_at) as scan_count,
        max(scans.late_loaded_at) over (partition by scans.shipment_id, scans.window_start_at) as newest_late_loaded_at
    from {{ in_scope('counted_scans') }} as scans
    qualify
        row_number() over (
            partition by scans.shipment_id, scans.window_start_at
            order by scans.event_at desc, scans.loaded_at desc, scans.source_file desc, scans.source_position desc
        ) = 1

)

select
    shipment_id,
    window_start_at,
    {{ plus_seconds('window_start_at', window_seconds) }} as window_end_at,
    window_date,
    shipment_status as last_status,
    location as last_location,
    event_at as last_event_at,
    scan_count,
    {{ is_final(plus_seconds('window_start_at', window_seconds), arrival_days, setting('scan_watermark_delay_seconds')) }}
        as is_complete,
    newest_late_loaded_at as late_loaded_at
from windows
