{{ config(materialized='incremental', cluster_by=['program_id']) }}

select
    program_id,
    min(stream_date) as first_seen_date,
    max(stream_date) as last_seen_date,
    cast(sum(case when is_open then 0 else 1 end) as int64) as stream_count
from {{ ref('int_playback__watch_streams') }}
group by program_id
