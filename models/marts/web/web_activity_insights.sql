{{ config(materialized='incremental') }}

with

sessions as (

    select
        event_count,
        {{ unix_microseconds('session_ended_at') }} - {{ unix_microseconds('session_started_at') }} as duration_us
    from {{ ref('fct_web_sessions') }}

),

totals as (

    select
        count(*) as session_count,
        max(event_count) as largest_event_count,
        cast(coalesce(sum(duration_us), 0) as int64) as total_duration_us,
        cast(coalesce(sum(case when event_count = 1 then 1 else 0 end), 0) as int64) as single_event_session_count
    from sessions

),

-- Percentiles by nearest rank over the distinct durations: exact, and no sort of all sessions in one place.
durations as (

    select
        duration_us,
        sum(session_count) over (order by duration_us rows between unbounded preceding and current row) as sessions_up_to
    from (
        select
            duration_us,
            count(*) as session_count
        from sessions
        group by duration_us
    ) as sessions_by_duration

),

percentiles as (

    select
        min(case when durations.sessions_up_to * 100 >= totals.session_count * 50 then durations.duration_us end)
            as median_us,
        min(case when durations.sessions_up_to * 100 >= totals.session_count * 95 then durations.duration_us end)
            as p95_us
    from durations
    cross join totals

),

-- Of days with the same number of events the earliest.
busiest_day as (

    select
        min(activity_date) as activity_date,
        min(event_count) as event_count
    from (
        select *
        from {{ ref('fct_daily_web_activity') }}
        qualify row_number() over (order by event_count desc, activity_date asc) = 1
    ) as busiest_days

),

averages as (

    select
        *,
        {{ integer_divide('total_duration_us', 'nullif(session_count, 0)') }} as average_us,
        {{ integer_divide('single_event_session_count * 1000000', 'nullif(session_count, 0)') }} as single_event_ppm
    from totals

),

answers as (

    select
        cast(1 as int64) as question_number,
        'On which day was there most activity?' as question,
        coalesce(
            'On ' || cast(activity_date as string) || ', with ' || cast(event_count as string) || ' events.',
            'There are no events yet.'
        ) as answer,
        activity_date as answer_date,
        cast(event_count as numeric(38, 9)) as answer_value,
        'events' as answer_unit,
        cast(null as numeric(38, 9)) as median_value,
        cast(null as numeric(38, 9)) as p95_value,
        cast(null as numeric(38, 9)) as single_event_session_share
    from busiest_day

    union all

    select
        cast(2 as int64) as question_number,
        'How is a session defined?' as question,
        'A session is the events of one identity ({{ setting("session_identity_columns") | join(", ") }}; without a user, the '
        || 'device) with no gap of more than {{ setting("session_timeout_seconds") }} seconds between one and the next; a gap of '
        || 'exactly that continues it. Midnight, an app update or another client do not split it.' as answer,
        cast(null as date) as answer_date,
        cast({{ setting('session_timeout_seconds') }} as numeric(38, 9)) as answer_value,
        'seconds' as answer_unit,
        cast(null as numeric(38, 9)) as median_value,
        cast(null as numeric(38, 9)) as p95_value,
        cast(null as numeric(38, 9)) as single_event_session_share
    from totals

    union all

    select
        cast(3 as int64) as question_number,
        'What is the highest number of events in a session?' as question,
        coalesce(cast(largest_event_count as string) || ' events.', 'There are no sessions yet.') as answer,
        cast(null as date) as answer_date,
        cast(largest_event_count as numeric(38, 9)) as answer_value,
        'events' as answer_unit,
        cast(null as numeric(38, 9)) as median_value,
        cast(null as numeric(38, 9)) as p95_value,
        cast(null as numeric(38, 9)) as single_event_session_share
    from totals

    union all

    select
        cast(4 as int64) as question_number,
        'What is the average session duration?' as question,
        coalesce(
            cast({{ integer_divide('averages.average_us', 1000000) }} as string) || ' seconds on average over '
            || cast(averages.session_count as string) || ' sessions; half last at most '
            || cast({{ integer_divide('percentiles.median_us', 1000000) }} as string) || ' seconds, 95 % at most '
            || cast({{ integer_divide('percentiles.p95_us', 1000000) }} as string) || ' seconds, and '
            || cast({{ integer_divide('averages.single_event_ppm', 10000) }} as string) || ' % have a single event.',
            'There are no sessions yet.'
        ) as answer,
        cast(null as date) as answer_date,
        {{ micros_as_decimal('averages.average_us') }} as answer_value,
        'seconds' as answer_unit,
        {{ micros_as_decimal('percentiles.median_us') }} as median_value,
        {{ micros_as_decimal('percentiles.p95_us') }} as p95_value,
        {{ micros_as_decimal('averages.single_event_ppm') }} as single_event_session_share
    from averages
    cross join percentiles

)

select *
from answers
