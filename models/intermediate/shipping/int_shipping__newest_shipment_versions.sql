{{ config(materialized='view') }}

select
    shipment_version_id,
    shipment_id,
    is_deleted,
    region,
    carrier,
    shipment_status,
    weight,
    shipped_at,
    promised_at,
    delivered_at,
    updated_at,
    valid_from,
    known_at
from {{ ref('int_shipping__shipment_versions') }}
where valid_to is null
