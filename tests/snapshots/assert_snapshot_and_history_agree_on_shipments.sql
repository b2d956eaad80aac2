-- Each version that the snapshot has seen and the history still has says the same in both, and took effect at the same time. The snapshot keeps
-- more: versions whose records are gone, and what a run saw before a change in between, or a correction (then known_at differs), arrived.
with

snapshots as (

    select *
    from {{ ref('snapshot_shipments') }}
    qualify row_number() over (partition by shipment_version_id order by dbt_valid_from desc) = 1

)

select
    snapshots.shipment_id,
    snapshots.dbt_valid_from
from snapshots
inner join {{ ref('dim_shipment_history') }} as history
    on
        snapshots.shipment_version_id = history.shipment_version_id
        and snapshots.known_at = history.known_at
where
    snapshots.dbt_valid_from < history.valid_from
    or snapshots.is_deleted is distinct from history.is_deleted
    or snapshots.region is distinct from history.region
    or snapshots.carrier is distinct from history.carrier
    or snapshots.shipment_status is distinct from history.shipment_status
    or snapshots.weight is distinct from history.weight
    or snapshots.shipped_at is distinct from history.shipped_at
    or snapshots.promised_at is distinct from history.promised_at
    or snapshots.delivered_at is distinct from history.delivered_at
    or snapshots.updated_at is distinct from history.updated_at
