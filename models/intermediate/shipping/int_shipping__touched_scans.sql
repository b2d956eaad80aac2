{{ config(materialized='table', meta={'bookkeeping': true}) }}

with

arrived_events as (

    select distinct event_id
    from {{ ref('base_shipping__shipment_scans') }}
    where
        {{ changed_since_last_run('base_shipping__shipment_scans', day='event_date') }}
        and rejection_reason is null

)

-- Every scan with one of these ids, for the first to arrive counts.
select
    event_id,
    loaded_at,
    source_file,
    source_position
from {{ ref('stg_shipping__shipment_scans') }}
where event_id in (select arrived_events.event_id from arrived_events)
