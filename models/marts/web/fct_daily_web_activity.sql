{{
    config(
        materialized='incremental',
        unique_key=['activity_date'],
        meta={'day': 'activity_date'},
        partition_by=partition_by_day('activity_date')
    )
}}

{% call scope() %}
    select distinct event_date as activity_date
    from {{ new_rows(ref('int_web__events_sessionized'), day='event_date') }} as new_events
{% endcall %}

select
    event_date as activity_date,
    count(*) as event_count,
    cast(sum(case when is_first_of_session_on_date then 1 else 0 end) as int64) as session_count,
    cast(sum(case when is_session_start then 1 else 0 end) as int64) as started_session_count,
    count(distinct user_id) as web_user_count,
    count(distinct device_id) as device_count
from {{ in_scope(ref('int_web__events_sessionized'), activity_date='event_date') }}
where event_date >= date '0001-01-01'
group by event_date
