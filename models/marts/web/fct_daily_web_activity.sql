{{
    config(
        materialized='incremental',
        meta={'scope': 'int_web__rewritten_sessions', 'scope_columns': {'event_date': 'activity_date'}, 'day': 'activity_date'},
        partition_by=partition_by_day('activity_date')
    )
}}

select
    event_date as activity_date,
    count(*) as event_count,
    cast(sum(case when is_first_of_session_on_date then 1 else 0 end) as int64) as session_count,
    cast(sum(case when is_session_start then 1 else 0 end) as int64) as started_session_count,
    count(distinct user_id) as user_count,
    count(distinct device_id) as device_count
from {{ ref('int_web__events_sessionized') }}
where
    event_date >= date '0001-01-01'
    and {{ is_on_touched_date('int_web__rewritten_sessions', 'event_date', 'event_date') }}
group by event_date
