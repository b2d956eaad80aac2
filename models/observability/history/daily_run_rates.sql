with

runs as (

    select *
    from {{ ref('runs') }}

),

bounds as (

    select
        min(history_date) as first_day,
        max(history_date) as last_day
    from runs

),

days as (

    select history_date
    from bounds
    cross join {{ each_date_between('first_day', 'last_day', 'history_date') }}

),

counts as (

    select
        history_date,
        {{ count_where("outcome <> 'running'") }} as run_count,
        {{ count_where("outcome = 'succeeded'") }} as succeeded_count,
        {{ count_where("outcome = 'failed'") }} as failed_count,
        {{ count_where("outcome = 'stopped'") }} as stopped_count,
        {{ count_where("outcome = 'killed'") }} as killed_count,
        {{ count_where("is_retry") }} as retry_count,
        cast(sum(check_count) as int64) as check_count,
        cast(sum(warned_check_count) as int64) as warned_check_count,
        cast(sum(failed_check_count) as int64) as failed_check_count,
        min(case when outcome = 'succeeded' and has_source_rows then ended_at end) as ready_at
    from runs
    group by history_date

),

durations as (

    select
        history_date,
        duration_seconds,
        row_number() over (partition by history_date order by duration_seconds, run_id) as place,
        count(*) over (partition by history_date) as run_count
    from runs
    where duration_seconds is not null

),

-- By nearest rank.
percentiles as (

    select
        history_date,
        min(case when place * 100 >= run_count * 50 then duration_seconds end) as median_duration_seconds,
        min(case when place * 100 >= run_count * 95 then duration_seconds end) as p95_duration_seconds
    from durations
    group by history_date

)

select
    days.history_date,
    coalesce(counts.run_count, 0) as run_count,
    coalesce(counts.succeeded_count, 0) as succeeded_count,
    coalesce(counts.failed_count, 0) as failed_count,
    coalesce(counts.stopped_count, 0) as stopped_count,
    coalesce(counts.killed_count, 0) as killed_count,
    coalesce(counts.retry_count, 0) as retry_count,
    {{ share('counts.succeeded_count', 'counts.run_count') }} as success_rate,
    percentiles.median_duration_seconds,
    percentiles.p95_duration_seconds,
    coalesce(counts.check_count, 0) as check_count,
    coalesce(counts.warned_check_count, 0) as warned_check_count,
    coalesce(counts.failed_check_count, 0) as failed_check_count,
    {{ share('counts.check_count - counts.failed_check_count', 'counts.check_count') }} as passed_check_rate,
    counts.ready_at,
    {{ micros_as_decimal(integer_divide(
        local_microseconds('counts.ready_at') ~ ' - ' ~ unix_microseconds('cast(days.history_date as timestamp)'), 3600
    )) }} as ready_hour
from days
left join counts
    on days.history_date = counts.history_date
left join percentiles
    on days.history_date = percentiles.history_date
