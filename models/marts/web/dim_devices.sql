{{ config(materialized='incremental', cluster_by=['device_id']) }}

select
    device_id,
    min(event_date) as first_seen_date,
    max(event_date) as last_seen_date,
    cast(sum(event_count) as int64) as event_count
from {{ ref('int_web__daily_device_events') }}
group by device_id
