{{ config(materialized='table', meta={'bookkeeping': true}) }}

with

changed_shipments as (

    select distinct shipment_id
    from {{ ref('int_shipping__scans_decided') }}
    where {{ changed_since_last_run('int_shipping__scans_decided', day='event_date') }}

)

-- The days on which scans of these shipments have arrived.
select distinct
    shipment_id,
    loaded_date
from {{ ref('int_shipping__scans_decided') }}
where shipment_id in (select changed_shipments.shipment_id from changed_shipments)
