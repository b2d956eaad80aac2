{{
    config(
        materialized='incremental',
        unique_key=['loaded_at', 'source_file', 'source_position'],
        meta={'day': 'loaded_date'},
        partition_by=partition_by_day('loaded_date'),
        cluster_by=['change_number', 'shipment_id']
    )
}}
{%- set delay = setting('scan_watermark_delay_seconds') | int %}

with

decided as (

    {{ decided_by_first_arrival(
        feed='base_shipping__shipment_scans', staged='stg_shipping__shipment_scans',
        arrival_days='int_shipping__scan_arrival_days',
        id='event_id', event_at='event_at', greatest_at='greatest_event_at',
        columns=[
            'event_id', 'shipment_id', 'shipment_status', 'location', 'event_at', 'event_date', 'loaded_at', 'source_file', 'source_position'
        ],
        window_seconds=setting('scan_window_seconds'), lateness_seconds=delay + (setting('scan_allowed_lateness_seconds') | int)
    ) }}

)

select
    event_id,
    shipment_id,
    shipment_status,
    location,
    event_at,
    event_date,
    decision,
    greatest_event_at,
    {{ plus_seconds('greatest_event_at', -delay) }} as watermark_at,
    {{ tumbling_window_start('event_at', setting('scan_window_seconds')) }} as window_start_at,
    -- A late scan still says where its shipment is.
    {{ decided_change_number("decision <> 'repeated'") }} as change_number,
    cast(loaded_at as date) as loaded_date,
    loaded_at,
    source_file,
    source_position
from decided
