{{
    config(
        materialized='incremental',
        meta={'scope': 'int_shipping__touched_shipments', 'scope_columns': {'shipment_id': 'shipment_id'}},
        cluster_by=['ship_date', 'shipment_id']
    )
}}

select
    versions.shipment_id,
    versions.shipment_version_id,
    versions.region,
    versions.carrier,
    versions.shipment_status,
    versions.weight,
    versions.shipped_at,
    versions.ship_date,
    versions.promised_at,
    versions.delivered_at,
    versions.updated_at,
    versions.valid_from,
    versions.known_at
from {{ ref('int_shipping__shipment_versions') }} as versions
where
    versions.is_current
    and {{ is_touched(
        'int_shipping__touched_shipments',
        {'shipment_id': 'versions.shipment_id', 'change_date': 'versions.change_date'},
        day='change_date'
    ) }}
{{ stored_in_order_of('ship_date') }}
