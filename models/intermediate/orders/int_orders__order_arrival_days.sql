{{ config(materialized='incremental') }}

{{ arrival_days('base_shop__orders', 'ordered_at') }}
