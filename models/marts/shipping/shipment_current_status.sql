{{
    config(
        materialized='incremental',
        unique_key=['shipment_id'],
        cluster_by=['shipment_id']
    )
}}

-- With the days on which scans of these shipments have arrived.
{% call scope() %}
    select distinct
        shipment_id,
        loaded_date
    from {{ ref('int_shipping__scans_decided') }}
    where shipment_id in (
        select new_scans.shipment_id
        from {{ new_rows(ref('int_shipping__scans_decided'), day='event_date') }} as new_scans
    )
{% endcall %}

select
    scans.shipment_id,
    scans.shipment_status as last_status,
    scans.location as last_location,
    scans.event_at as last_event_at,
    scans.event_id as last_event_id,
    scans.loaded_at
from {{ ref('int_shipping__scans_decided') }} as scans
where
    scans.decision <> 'repeated'
    and {{ is_in_scope(shipment_id='scans.shipment_id', loaded_date='scans.loaded_date', day='loaded_date') }}
qualify
    row_number() over (
        partition by scans.shipment_id
        order by scans.event_at desc, scans.loaded_at desc, scans.source_file desc, scans.source_position desc
    ) = 1
