{{ config(materialized='table', meta={'bookkeeping': true}) }}

with

changed_shipments as (

    select distinct shipment_id
    from {{ ref('base_shipping__shipment_changes') }}
    where
        {{ changed_since_last_run('base_shipping__shipment_changes', day='change_date') }}
        and rejection_reason is null

)

-- The dates of all changes of these shipments: a change that arrives late stands before others, each of which may be the one that
-- counts.
select distinct
    shipment_id,
    change_date,
    ship_date
from {{ ref('stg_shipping__shipment_changes') }}
where shipment_id in (select changed_shipments.shipment_id from changed_shipments)
