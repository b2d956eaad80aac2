-- For each shipment with a scan, the newest of the scans that came first under their id, late or not, is its current status.
with

first_arrivals as (

    select *
    from {{ ref('stg_shipping__shipment_scans') }}
    qualify row_number() over (partition by event_id order by loaded_at, source_file, source_position) = 1

),

newest_scans as (

    select *
    from first_arrivals
    qualify
        row_number() over (
            partition by shipment_id
            order by event_at desc, loaded_at desc, source_file desc, source_position desc
        ) = 1

)

select
    coalesce(newest_scans.shipment_id, statuses.shipment_id) as shipment_id,
    newest_scans.event_id,
    statuses.last_event_id
from newest_scans
full outer join {{ ref('shipment_current_status') }} as statuses
    on newest_scans.shipment_id = statuses.shipment_id
where
    newest_scans.event_id is distinct from statuses.last_event_id
    or newest_scans.shipment_status is distinct from statuses.last_status
    or newest_scans.location is distinct from statuses.last_location
    or newest_scans.event_at is distinct from statuses.last_event_at
