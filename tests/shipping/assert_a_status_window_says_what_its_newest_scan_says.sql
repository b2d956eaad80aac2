-- Of the scans that are not on the list of late ones the newest in each window speaks for it, and a window is complete once the
-- watermark has reached its end.
with

watermark as (

    select {{ plus_seconds('max(event_at)', -(var('scan_watermark_delay_seconds') | int)) }} as watermark_at
    from {{ ref('stg_shipping__shipment_scans') }}

),

newest_scans as (

    select scans.*
    from {{ ref('int_shipping__scans_decided') }} as scans
    left join {{ ref('fct_shipment_scans_late') }} as late_scans
        on scans.event_id = late_scans.event_id
    where
        scans.decision <> 'repeated'
        and late_scans.event_id is null
    qualify
        row_number() over (
            partition by scans.shipment_id, scans.window_start_at
            order by scans.event_at desc, scans.loaded_at desc, scans.source_file desc, scans.source_position desc
        ) = 1

)

select
    coalesce(newest_scans.shipment_id, windows.shipment_id) as shipment_id,
    coalesce(newest_scans.window_start_at, windows.window_start_at) as window_start_at,
    newest_scans.shipment_status,
    windows.last_status
from newest_scans
full outer join {{ ref('fct_shipment_status_windows') }} as windows
    on
        newest_scans.shipment_id = windows.shipment_id
        and newest_scans.window_start_at = windows.window_start_at
cross join watermark
where
    newest_scans.shipment_status is distinct from windows.last_status
    or newest_scans.location is distinct from windows.last_location
    or newest_scans.event_at is distinct from windows.last_event_at
    or (windows.window_end_at <= watermark.watermark_at) is distinct from windows.is_complete
