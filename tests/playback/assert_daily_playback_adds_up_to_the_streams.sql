-- User by user and day by day, from the closed streams themselves.
with

counted as (

    select
        user_id,
        stream_date,
        count(distinct session_id) as session_count,
        count(*) as stream_count,
        sum({{ unix_microseconds('ended_at') }} - {{ unix_microseconds('began_at') }}) as watched_us
    from {{ ref('fct_watch_streams') }}
    group by user_id, stream_date

)

select
    coalesce(daily.user_id, counted.user_id) as user_id,
    coalesce(daily.stream_date, counted.stream_date) as stream_date,
    daily.watch_seconds,
    counted.watched_us
from {{ ref('fct_daily_user_playback') }} as daily
full outer join counted
    on daily.user_id = counted.user_id and daily.stream_date = counted.stream_date
where
    daily.session_count is distinct from counted.session_count
    or daily.stream_count is distinct from counted.stream_count
    or daily.watch_seconds is distinct from {{ micros_as_decimal('counted.watched_us') }}
