select
    scans.event_id,
    scans.shipment_id,
    cast(scans.window_start_at as date) as window_date,
    scans.loaded_at
from {{ ref('int_shipping__scans_decided') }} as scans
left join {{ ref('fct_shipment_status_windows') }} as windows
    on
        scans.shipment_id = windows.shipment_id
        and scans.window_start_at = windows.window_start_at
where
    scans.decision = 'late'
    and (windows.late_loaded_at is null or scans.loaded_at > windows.late_loaded_at)
