{{
    config(
        materialized='incremental',
        unique_key=['shipment_id'],
        meta={'stored_in_order_of': 'ship_date'},
        cluster_by=['ship_date', 'shipment_id']
    )
}}

{% call scope() %}
    select
        shipment_id,
        change_date
    from ({{ shipments__scope() }}) as changes
{% endcall %}

select
    versions.shipment_id,
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
    versions.shipment_version_id,
    versions.known_at
from {{ ref('int_shipping__shipment_versions') }} as versions
where
    versions.is_current
    and {{ is_in_scope(shipment_id='versions.shipment_id', change_date='versions.change_date', day='change_date') }}
