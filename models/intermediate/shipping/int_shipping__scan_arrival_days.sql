{{ config(materialized='incremental', meta={'scope': 'everything'}) }}

{{ arrival_days('base_shipping__shipment_scans', 'event_at') }}
