{{ config(materialized='incremental') }}

{{ watermarks_by_load_date('base_shop__orders', 'ordered_at') }}
