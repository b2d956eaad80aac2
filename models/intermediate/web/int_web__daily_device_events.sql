{{
    config(
        materialized='incremental',
        unique_key=['event_date'],
        meta={'day': 'event_date'},
        partition_by=partition_by_day('event_date'),
        cluster_by=['device_id']
    )
}}

{% call scope() %}
    select distinct event_date
    from {{ new_rows(ref('int_web__events_sessionized'), day='event_date') }} as new_events
{% endcall %}

select
    event_date,
    device_id,
    count(*) as event_count
from {{ in_scope(ref('int_web__events_sessionized')) }}
where
    event_date >= date '0001-01-01'
    and device_id is not null
group by event_date, device_id
