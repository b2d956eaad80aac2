-- For each shipment whose changes are all of one log that never began anew, and speak of every column, and that only a deletion
-- of its own deletes: the change with the greatest position in the source, whenever it arrived, is what dim_shipments says,
-- unless it is a deletion.
with

newest_changes as (

    select *
    from {{ ref('stg_shipping__shipment_changes') }}
    where shipment_id is not null
    qualify
        row_number() over (
            partition by shipment_id
            order by log_number desc, log_offset desc, log_row desc, loaded_at desc, source_file desc, source_position desc
        ) = 1

)

select
    coalesce(newest_changes.shipment_id, shipments.shipment_id) as shipment_id,
    newest_changes.operation,
    newest_changes.shipment_status as newest_status,
    shipments.shipment_status
from newest_changes
full outer join {{ ref('dim_shipments') }} as shipments
    on newest_changes.shipment_id = shipments.shipment_id
where
    (
        newest_changes.shipment_id is null
        or (newest_changes.operation = 'delete') <> (shipments.shipment_id is null)
        or newest_changes.region is distinct from shipments.region
        or newest_changes.carrier is distinct from shipments.carrier
        or newest_changes.shipment_status is distinct from shipments.shipment_status
        or newest_changes.weight is distinct from shipments.weight
        or newest_changes.shipped_at is distinct from shipments.shipped_at
        or newest_changes.promised_at is distinct from shipments.promised_at
        or newest_changes.delivered_at is distinct from shipments.delivered_at
        or newest_changes.updated_at is distinct from shipments.updated_at
    )
    and {{ is_of_a_plain_shipment('coalesce(newest_changes.shipment_id, shipments.shipment_id)') }}
