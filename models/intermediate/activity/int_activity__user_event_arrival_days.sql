{{ config(materialized='incremental') }}

{{ watermarks_by_load_date('base_app__user_events', 'event_at') }}
