{{ config(materialized='incremental', meta={'scope': 'everything'}) }}

{{ arrival_days('base_app__user_events', 'event_at') }}
