{{
    config(
        materialized='incremental',
        unique_key=['event_date', 'user_id'],
        meta={'day': 'event_date'},
        partition_by=partition_by_day('event_date'),
        cluster_by=['user_id']
    )
}}

{% call scope() %}
    select distinct
        event_date,
        user_id
    from {{ new_rows(ref('base_app__log_lines'), day='event_date') }} as new_lines
    where rejection_reason is null or rejection_reason = 'redelivered'
{% endcall %}

select
    event_date,
    user_id,
    count(*) as total_events
from {{ in_scope(ref('stg_app__log_events')) }}
group by event_date, user_id
