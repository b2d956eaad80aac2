with

events as (

    select
        run_id,
        coalesce(min(case when event = 'begun' then event_at end), min(event_at)) as began_at,
        max(case when event = 'ended' then event_at end) as ended_at,
        max(command) as command,
        max(selection) as selection,
        max(case when is_full_refresh then 1 else 0 end) = 1 as is_full_refresh,
        max(target_name) as target_name,
        max(dbt_version) as dbt_version,
        max(project_commit) as project_commit,
        max(variables_checksum) as variables_checksum,
        max(scheduled_try) as scheduled_try,
        max(outcome) as outcome,
        max(message) as message
    from {{ source('run_history', 'run_events') }}
    group by run_id

),

runs_with_source_rows as (

    select distinct run_id
    from {{ source('run_history', 'source_rows') }}

),

nodes as (

    select
        run_id,
        {{ count_where("node_type in ('test', 'unit_test') and status <> 'skipped'") }} as check_count,
        {{ count_where("node_type in ('test', 'unit_test') and status = 'pass'") }} as passed_check_count,
        {{ count_where("node_type in ('test', 'unit_test') and status = 'warn'") }} as warned_check_count,
        {{ count_where("node_type in ('test', 'unit_test') and status in ('fail', 'error')") }} as failed_check_count,
        {{ count_where("node_type not in ('test', 'unit_test') and status = 'error'") }} as failed_node_count,
        {{ count_where("status = 'skipped'") }} as skipped_node_count
    from {{ source('run_history', 'node_results') }}
    group by run_id

),

-- A run that begins later waits for the end of one that is still going on, so that has been killed.
with_outcomes as (

    select
        events.*,
        {{ date_in_reporting_timezone('events.began_at') }} as history_date,
        case
            when events.outcome is not null then events.outcome
            when events.began_at < max(events.began_at) over () then 'killed'
            else 'running'
        end as known_outcome
    from events

),

-- Attempts at the same thing on one day, each series of them ending with the one that succeeded.
in_series as (

    select
        *,
        coalesce(sum(case when known_outcome = 'succeeded' then 1 else 0 end) over (
            partition by history_date, command, coalesce(selection, ''), target_name
            order by began_at, run_id
            rows between unbounded preceding and 1 preceding
        ), 0) as series_number
    from with_outcomes

),

numbered as (

    select
        *,
        coalesce(scheduled_try, row_number() over (
            partition by history_date, command, coalesce(selection, ''), target_name, series_number
            order by began_at, run_id
        )) as try_number
    from in_series

)

select
    numbered.run_id,
    numbered.history_date,
    numbered.command,
    numbered.selection,
    numbered.is_full_refresh,
    numbered.target_name,
    numbered.dbt_version,
    numbered.project_commit,
    numbered.variables_checksum,
    numbered.began_at,
    numbered.ended_at,
    numbered.known_outcome as outcome,
    numbered.message,
    {{ micros_as_decimal(unix_microseconds('numbered.ended_at') ~ ' - ' ~ unix_microseconds('numbered.began_at')) }}
        as duration_seconds,
    numbered.try_number,
    numbered.try_number > 1 as is_retry,
    runs_with_source_rows.run_id is not null as has_source_rows,
    coalesce(nodes.check_count, 0) as check_count,
    coalesce(nodes.passed_check_count, 0) as passed_check_count,
    coalesce(nodes.warned_check_count, 0) as warned_check_count,
    coalesce(nodes.failed_check_count, 0) as failed_check_count,
    coalesce(nodes.failed_node_count, 0) as failed_node_count,
    coalesce(nodes.skipped_node_count, 0) as skipped_node_count
from numbered
left join nodes
    on numbered.run_id = nodes.run_id
left join runs_with_source_rows
    on numbered.run_id = runs_with_source_rows.run_id
