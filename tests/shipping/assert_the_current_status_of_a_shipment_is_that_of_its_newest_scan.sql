-- No scan of a shipment is newer than the one that its current status is from, and every scanned shipment has one.
select
    scans.shipment_id,
    scans.event_id
from {{ ref('int_shipping__scans_decided') }} as scans
left join {{ ref('shipment_current_status') }} as statuses
    on scans.shipment_id = statuses.shipment_id
where
    scans.decision <> 'repeated'
    and (
        statuses.shipment_id is null
        or scans.event_at > statuses.last_event_at
        or (
            scans.event_id = statuses.last_event_id
            and (
                scans.shipment_status is distinct from statuses.last_status
                or scans.location is distinct from statuses.last_location
                or scans.event_at is distinct from statuses.last_event_at
            )
        )
    )
