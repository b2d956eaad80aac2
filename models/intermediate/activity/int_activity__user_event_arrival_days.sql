{{ config(materialized='incremental') }}

{{ arrival_days('base_app__user_events', 'event_at') }}
