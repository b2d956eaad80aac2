{{ config(partition_by=partition_by_day('event_date'), cluster_by=['user_id']) }}

select
    event_date,
    user_id,
    count(*) as total_events
from {{ ref('stg_app__log_events') }}
group by event_date, user_id
