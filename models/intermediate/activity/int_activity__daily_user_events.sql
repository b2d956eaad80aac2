{{
    config(
        materialized='incremental',
        meta={
            'scope': 'int_activity__touched_user_days', 'scope_columns': {'activity_date': 'event_date', 'user_id': 'user_id'}, 'day': 'event_date'
        },
        partition_by=partition_by_day('event_date'),
        cluster_by=['user_id']
    )
}}

select
    events.event_date,
    events.user_id,
    count(*) as total_events
from {{ ref('stg_app__log_events') }} as events
where
    {{ is_touched(
        'int_activity__touched_user_days',
        {'activity_date': 'events.event_date', 'user_id': 'events.user_id'},
        day='activity_date'
    ) }}
group by events.event_date, events.user_id
{{ stored_in_order_of('event_date') }}
