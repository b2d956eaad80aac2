-- Each version ends where the next begins, which is later than it began; only the newest is open, and it alone can be current.
with

versions as (

    select
        shipment_id,
        version_number,
        valid_from,
        valid_to,
        is_deleted,
        is_current,
        lead(valid_from) over (partition by shipment_id order by version_number) as next_valid_from
    from {{ ref('dim_shipment_history') }}

)

select
    shipment_id,
    version_number
from versions
where
    valid_to is distinct from next_valid_from
    or valid_to <= valid_from
    or is_current <> (next_valid_from is null and not is_deleted)
