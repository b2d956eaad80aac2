{{ config(materialized='incremental') }}

{{ watermarks_by_load_date('base_shipping__shipment_scans', 'event_at') }}
