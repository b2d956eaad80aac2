-- Of the shipments whose changes are all of one log that never began anew, and speak of every column, and that only a deletion of
-- their own deletes: after each change that counts at its position in the source, the newest version up to there says what the
-- change says; and each version is such a change.
with

changes as (

    select *
    from {{ ref('stg_shipping__shipment_changes') }}
    where shipment_id is not null
    qualify
        row_number() over (
            partition by shipment_id, log_number, log_offset, log_row
            order by loaded_at desc, source_file desc, source_position desc
        ) = 1

),

compared as (

    select
        coalesce(changes.shipment_id, history.shipment_id) as shipment_id,
        coalesce(changes.log_number, history.log_number) as log_number,
        coalesce(changes.log_offset, history.log_offset) as log_offset,
        coalesce(changes.log_row, history.log_row) as log_row,
        changes.shipment_id is null as is_made_up,
        changes.operation = 'delete' as is_deletion,
        changes.region,
        changes.carrier,
        changes.shipment_status,
        changes.weight,
        changes.shipped_at,
        changes.promised_at,
        changes.delivered_at,
        changes.updated_at,
        history.version_number,
        history.is_deleted,
        max(history.version_number) over (
            partition by coalesce(changes.shipment_id, history.shipment_id)
            order by
                coalesce(changes.log_number, history.log_number),
                coalesce(changes.log_offset, history.log_offset),
                coalesce(changes.log_row, history.log_row)
        ) as newest_version_number
    from changes
    full outer join {{ ref('dim_shipment_history') }} as history
        on
            changes.shipment_id = history.shipment_id
            and changes.log_number = history.log_number
            and changes.log_offset = history.log_offset
            and changes.log_row = history.log_row
            and changes.changed_at = history.changed_at
            and changes.loaded_at = history.known_at

)

select
    compared.shipment_id,
    compared.log_number,
    compared.log_offset,
    compared.log_row
from compared
left join {{ ref('dim_shipment_history') }} as versions
    on
        compared.shipment_id = versions.shipment_id
        and compared.newest_version_number = versions.version_number
where
    (
        compared.is_made_up
        or compared.is_deletion is distinct from versions.is_deleted
        or compared.region is distinct from versions.region
        or compared.carrier is distinct from versions.carrier
        or compared.shipment_status is distinct from versions.shipment_status
        or compared.weight is distinct from versions.weight
        or compared.shipped_at is distinct from versions.shipped_at
        or compared.promised_at is distinct from versions.promised_at
        or compared.delivered_at is distinct from versions.delivered_at
        or compared.updated_at is distinct from versions.updated_at
    )
    and {{ is_of_a_plain_shipment('compared.shipment_id') }}
