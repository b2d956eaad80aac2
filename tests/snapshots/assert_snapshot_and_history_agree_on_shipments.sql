-- Each version that the snapshot has seen and the history still has says the same in both. It took effect at the same time,
-- unless the clock of the shipment's changes goes back: then a change that comes late may move what stands after it. The
-- snapshot keeps more: versions whose records are gone, and what a run saw before a change in between, or a correction (then
-- known_at differs), arrived.
with

changes as (

    select
        shipment_id,
        changed_at <= lag(changed_at) over (
            partition by shipment_id
            order by log_number, log_offset, log_row, loaded_at, source_file, source_position
        ) as goes_back,
        count(*) over (partition by shipment_id, log_number, log_offset, log_row, loaded_at) as change_count
    from {{ ref('stg_shipping__shipment_changes') }}

),

-- Of two changes at one position that arrived together, known_at cannot say which one a run saw.
shipments as (

    select
        shipment_id,
        max(case when goes_back then 1 else 0 end) = 0 as is_in_order
    from changes
    group by shipment_id
    having max(change_count) = 1

),

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
inner join shipments
    on snapshots.shipment_id = shipments.shipment_id
where
    snapshots.dbt_valid_from < history.changed_at
    or (shipments.is_in_order and snapshots.dbt_valid_from <> history.valid_from)
    or snapshots.is_deleted is distinct from history.is_deleted
    or snapshots.region is distinct from history.region
    or snapshots.carrier is distinct from history.carrier
    or snapshots.shipment_status is distinct from history.shipment_status
    or snapshots.weight is distinct from history.weight
    or snapshots.shipped_at is distinct from history.shipped_at
    or snapshots.promised_at is distinct from history.promised_at
    or snapshots.delivered_at is distinct from history.delivered_at
    or snapshots.updated_at is distinct from history.updated_at
