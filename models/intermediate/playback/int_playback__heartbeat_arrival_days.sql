{{ config(materialized='incremental') }}

{{ watermarks_by_load_date(
    'base_playback__heartbeats', 'event_at', readable="(rejection_reason is null or rejection_reason = 'exact_duplicate')"
) }}
