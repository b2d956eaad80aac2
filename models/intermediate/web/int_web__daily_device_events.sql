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
    from {{ new_rows(ref('base_web__events'), day='event_date') }} as new_events
    where event_date is not null
{% endcall %}

select
    event_date,
    device_id,
    count(*) as event_count
from {{ in_scope(ref('stg_web__events')) }}
where device_id is not null
group by event_date, device_id
