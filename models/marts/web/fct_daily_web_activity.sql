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
    from {{ new_rows(ref('int_web__session_days'), day='event_date') }} as new_days
{% endcall %}

with

sessions as (

    select
        event_date as activity_date,
        cast(sum(event_count) as int64) as event_count,
        count(distinct session_id) as session_count,
        cast(sum(case when is_session_start then 1 else 0 end) as int64) as started_session_count
    from {{ in_scope(ref('int_web__session_days'), activity_date='event_date') }}
    where event_date >= date '0001-01-01'
    group by event_date

),

visitors as (

    select
        event_date as activity_date,
        count(distinct user_id) as web_user_count,
        count(distinct device_id) as device_count
    from {{ in_scope(ref('stg_web__events'), activity_date='event_date') }}
    group by event_date

)

select
    sessions.activity_date,
    sessions.event_count,
    sessions.session_count,
    sessions.started_session_count,
    visitors.web_user_count,
    visitors.device_count
from sessions
inner join visitors
    on sessions.activity_date = visitors.activity_date
