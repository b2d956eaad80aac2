{{ config(materialized='incremental') }}

{{ arrival_days('base_shipping__shipment_scans', 'event_at') }}
