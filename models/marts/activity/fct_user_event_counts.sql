{{
    config(
        materialized='incremental',
        meta={
            'scope': 'int_activity__touched_event_windows',
            'scope_columns': {'user_id': 'user_id', 'window_start_at': 'window_start_at', 'window_date': 'window_date'}, 'day': 'window_date'
        },
        partition_by=partition_by_day('window_date'),
        cluster_by=['user_id']
    )
}}
{%- set window_seconds = var('user_event_window_seconds') | int %}

with

accepted_events as (

    select
        user_id,
        {{ tumbling_window_start('event_at', window_seconds) }} as window_start_at
    from {{ ref('int_activity__user_events_decided') }}
    where
        decision = 'accepted'
        and {{ arrived_for_windows(
            'int_activity__touched_event_windows', 'int_activity__user_event_arrival_days',
            seconds_after=window_seconds + (var('user_event_allowed_lateness_seconds') | int)
        ) }}

)

select
    events.user_id,
    events.window_start_at,
    {{ plus_seconds('events.window_start_at', window_seconds) }} as window_end_at,
    {{ date_in_reporting_timezone('events.window_start_at') }} as window_date,
    count(*) as event_count
from accepted_events as events
where
    {{ is_touched(
        'int_activity__touched_event_windows', {'user_id': 'events.user_id', 'window_start_at': 'events.window_start_at'}
    ) }}
group by events.user_id, events.window_start_at
{{ stored_in_order_of('window_date') }}
