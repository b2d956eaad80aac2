-- What the snapshot says of a shipment ends where the next begins, which is later than it began; only the newest is open.
with

snapshots as (

    select
        shipment_id,
        dbt_valid_from,
        dbt_valid_to,
        lead(dbt_valid_from) over (partition by shipment_id order by dbt_valid_from) as next_valid_from
    from {{ ref('snapshot_shipments') }}

)

select
    shipment_id,
    dbt_valid_from
from snapshots
where
    dbt_valid_to is distinct from next_valid_from
    or dbt_valid_to <= dbt_valid_from
