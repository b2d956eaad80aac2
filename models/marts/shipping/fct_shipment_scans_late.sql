{{ config(materialized='view') }}

-- A window has taken in all late scans that arrived up to `late_loaded_at`, and none that arrived after.
select
    scans.event_id,
    scans.shipment_id,
    scans.shipment_status,
    scans.location,
    scans.event_at,
    scans.window_start_at,
    {{ date_in_reporting_timezone('scans.window_start_at') }} as window_date,
    scans.watermark_at,
    scans.loaded_at,
    scans.source_file,
    scans.source_position
from {{ ref('int_shipping__scans_decided') }} as scans
left join {{ ref('fct_shipment_status_windows') }} as windows
    on
        scans.shipment_id = windows.shipment_id
        and scans.window_start_at = windows.window_start_at
where
    scans.decision = 'late'
    and (windows.late_loaded_at is null or windows.late_loaded_at < scans.loaded_at)
