with

runs as (

    select
        run_id,
        history_date,
        began_at,
        ended_at
    from {{ ref('runs') }}
    where has_source_rows

),

counted as (

    select
        source_rows.*,
        runs.history_date,
        runs.began_at,
        runs.ended_at
    from {{ source('run_history', 'source_rows') }} as source_rows
    inner join runs
        on source_rows.run_id = runs.run_id

),

-- All that was there before the first run came at once, so that run has no number of new rows.
-- A full build with other rules may count fewer than before.
arrivals as (

    select
        run_id,
        history_date,
        began_at,
        ended_at,
        source_table,
        newest_loaded_at,
        row_count as record_count,
        case
            when row_count < lag(row_count) over by_run then 0
            else row_count - lag(row_count) over by_run
        end as arrived_count
    from counted
    where outcome = 'arrived'
    window by_run as (partition by source_table order by began_at, run_id)

),

rejections as (

    select
        run_id,
        source_table,
        reason,
        row_count
    from counted
    where outcome = 'rejected'

),

-- A reason has no row in runs before it came up first: none was rejected for it then.
reasons as (

    select distinct
        source_table,
        reason
    from rejections

),

totals as (

    select
        arrivals.run_id,
        arrivals.history_date,
        arrivals.began_at,
        arrivals.ended_at,
        arrivals.source_table,
        reasons.reason,
        arrivals.arrived_count,
        coalesce(rejections.row_count, 0) as row_count
    from arrivals
    inner join reasons
        on arrivals.source_table = reasons.source_table
    left join rejections
        on
            arrivals.run_id = rejections.run_id
            and arrivals.source_table = rejections.source_table
            and reasons.reason = rejections.reason

),

by_reason as (

    select
        *,
        case
            when row_count < lag(row_count) over by_run then 0
            else row_count - lag(row_count) over by_run
        end as rejected_count
    from totals
    window by_run as (partition by source_table, reason order by began_at, run_id)

),

together as (

    select
        run_id,
        source_table,
        {{ sum_where("reason not in ('exact_duplicate', 'redelivered')", 'rejected_count') }} as rejected_count
    from by_reason
    group by run_id, source_table

)

select
    run_id,
    history_date,
    began_at,
    ended_at,
    source_table,
    reason,
    cast(null as int64) as record_count,
    arrived_count,
    rejected_count,
    {{ share('rejected_count', 'arrived_count') }} as rejection_rate,
    cast(null as numeric(38, 9)) as freshness_hours
from by_reason

union all

select
    arrivals.run_id,
    arrivals.history_date,
    arrivals.began_at,
    arrivals.ended_at,
    arrivals.source_table,
    cast(null as string) as reason,
    arrivals.record_count,
    arrivals.arrived_count,
    case when arrivals.arrived_count is not null then coalesce(together.rejected_count, 0) end as rejected_count,
    {{ share('coalesce(together.rejected_count, 0)', 'arrivals.arrived_count') }} as rejection_rate,
    {{ micros_as_decimal(integer_divide(
        unix_microseconds('arrivals.ended_at') ~ ' - ' ~ unix_microseconds('arrivals.newest_loaded_at'), 3600
    )) }} as freshness_hours
from arrivals
left join together
    on
        arrivals.run_id = together.run_id
        and arrivals.source_table = together.source_table
