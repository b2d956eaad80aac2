with

-- The newest word of the operational database, a deletion included.
database_statuses as (

    select
        shipment_id,
        is_deleted,
        shipment_status as database_status,
        valid_from as database_changed_at
    from {{ ref('int_shipping__newest_shipment_versions') }}

),

scanned_statuses as (

    select
        shipment_id,
        last_status as scanned_status,
        last_location as scanned_location,
        last_event_at as scanned_at
    from {{ ref('shipment_current_status') }}

),

compared as (

    select
        coalesce(database_statuses.shipment_id, scanned_statuses.shipment_id) as shipment_id,
        case
            when database_statuses.shipment_id is null then 'not_in_database'
            when scanned_statuses.shipment_id is null then 'never_scanned'
            when database_statuses.is_deleted then 'deleted_in_database'
            when database_statuses.database_status is null then 'no_status_in_database'
            when scanned_statuses.scanned_at > database_statuses.database_changed_at then 'scan_is_newer'
            when scanned_statuses.scanned_at < database_statuses.database_changed_at then 'database_is_newer'
            else 'same_time'
        end as conflict_reason,
        database_statuses.database_status,
        database_statuses.database_changed_at,
        scanned_statuses.scanned_status,
        scanned_statuses.scanned_at,
        scanned_statuses.scanned_location
    from database_statuses
    full outer join scanned_statuses
        on database_statuses.shipment_id = scanned_statuses.shipment_id
    where
        -- A shipment that is deleted and was never scanned is in neither.
        (scanned_statuses.shipment_id is not null or not database_statuses.is_deleted)
        and (
            database_statuses.shipment_id is null
            or scanned_statuses.shipment_id is null
            or database_statuses.database_status is distinct from scanned_statuses.scanned_status
        )

)

select
    shipment_id,
    conflict_reason,
    database_status,
    database_changed_at,
    scanned_status,
    scanned_at,
    scanned_location
from compared
