{{ config(materialized='incremental', meta={'scope': 'everything'}) }}

{{ arrival_days('base_shop__orders', 'ordered_at') }}
