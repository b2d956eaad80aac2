{{ config(materialized='table', meta={'bookkeeping': true}) }}

with

-- Sessions are written as a whole, so all of their heartbeats are in these.
changed_streams as (

    select
        user_id,
        start_at,
        first_heartbeat_at,
        ended_at
    from {{ ref('int_playback__watch_streams') }}
    where {{ changed_since_last_run('int_playback__watch_streams', day='stream_date') }}

)

-- A stream begins with its program or with a heartbeat, so these are all days that one of the session can be or have been on.
select
    user_id,
    {{ date_in_reporting_timezone('start_at') }} as stream_date
from changed_streams

union distinct

select
    changed_streams.user_id,
    stream_date -- noqa: RF02,RF03
from changed_streams
cross join
    {{ each_date_between(
        date_in_reporting_timezone('changed_streams.first_heartbeat_at'),
        date_in_reporting_timezone('changed_streams.ended_at'),
        'stream_date'
    ) }}
