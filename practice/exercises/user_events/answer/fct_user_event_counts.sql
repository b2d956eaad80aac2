with

accepted as (

    select
        user_id,
        time_bucket(interval 10 seconds, event_at, timestamp '1970-01-01') as window_start_at
    from {{ ref('int_activity__user_events_decided') }}
    where decision = 'accepted'

)

select
    user_id,
    window_start_at,
    window_start_at + interval 10 seconds as window_end_at,
    count(*) as event_count
from accepted
group by user_id, window_start_at
