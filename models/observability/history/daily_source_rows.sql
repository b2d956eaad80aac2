with

-- What the last run of a day has recorded counts for the day.
last_runs as (

    select
        run_id,
        history_date,
        ended_at
    from {{ ref('runs') }}
    where has_source_rows
    qualify row_number() over (partition by history_date order by began_at desc, run_id desc) = 1

),

totals as (

    select
        last_runs.history_date,
        last_runs.ended_at,
        source_rows.source_table,
        source_rows.outcome,
        source_rows.reason,
        source_rows.row_count,
        source_rows.newest_loaded_at,
        min(last_runs.history_date) over (partition by source_rows.source_table) as first_day,
        lag(source_rows.row_count) over (
            partition by source_rows.source_table, source_rows.outcome, coalesce(source_rows.reason, '')
            order by last_runs.history_date
        ) as row_count_before
    from {{ source('run_history', 'source_rows') }} as source_rows
    inner join last_runs
        on source_rows.run_id = last_runs.run_id

),

-- A full build with other rules may count fewer records than the day before.
new_rows as (

    select
        *,
        greatest(row_count - coalesce(row_count_before, 0), 0) as new_row_count
    from totals

),

arrived as (

    select
        history_date,
        source_table,
        new_row_count
    from new_rows
    where outcome = 'arrived'

)

select
    new_rows.history_date,
    new_rows.source_table,
    new_rows.outcome,
    new_rows.reason,
    new_rows.new_row_count as row_count,
    {{ share('new_rows.new_row_count', 'arrived.new_row_count') }} as arrived_rate,
    new_rows.row_count as total_row_count,
    new_rows.history_date = new_rows.first_day as is_first_day,
    new_rows.newest_loaded_at,
    new_rows.ended_at as recorded_at
from new_rows
left join arrived
    on
        new_rows.history_date = arrived.history_date
        and new_rows.source_table = arrived.source_table
