{{
    config(
        materialized='incremental',
        meta={'scope': 'int_shipping__touched_scanned_shipments', 'scope_columns': {'shipment_id': 'shipment_id'}},
        cluster_by=['shipment_id']
    )
}}

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
    and {{ is_touched(
        'int_shipping__touched_scanned_shipments',
        {'shipment_id': 'scans.shipment_id', 'loaded_date': 'scans.loaded_date'},
        day='loaded_date'
    ) }}
qualify
    row_number() over (
        partition by scans.shipment_id
        order by scans.event_at desc, scans.loaded_at desc, scans.source_file desc, scans.source_position desc
    ) = 1
