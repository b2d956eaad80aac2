with

rules as (

    select
        rule_name,
        cast(limit_value as numeric(38, 9)) as limit_value
    from {{ ref('alert_rules') }}

),

-- A build of all, or of the last part of all: selectors.yml.
ends_of_builds as (

    select
        *,
        command = 'build'
        and coalesce(selection, '--selector rest') in ('--selector rest', '--selector observability') as is_end_of_build
    from {{ ref('runs') }}

),

runs as (

    select
        *,
        coalesce(
            max(case when outcome = 'succeeded' and is_end_of_build then began_at end) over (),
            timestamp '0001-01-01 00:00:00'
        ) as last_whole_success_at
    from ends_of_builds

),

-- The newest run of each command and selection, unless a build of all has succeeded after it.
newest_runs as (

    select *
    from runs
    where outcome <> 'running'
    qualify row_number() over (partition by command, coalesce(selection, ''), target_name order by began_at desc, run_id desc) = 1

),

bad_runs as (

    select *
    from newest_runs
    where outcome <> 'succeeded' and began_at > last_whole_success_at

),

-- What failed stays so where the next run was killed or could not begin.
newest_results as (

    select *
    from runs
    where outcome in ('succeeded', 'failed')
    qualify row_number() over (partition by command, coalesce(selection, ''), target_name order by began_at desc, run_id desc) = 1

),

bad_nodes as (

    select
        nodes.node_id,
        nodes.node_name,
        nodes.node_type,
        nodes.message,
        nodes.failure_count,
        newest_results.ended_at
    from newest_results
    inner join {{ source('run_history', 'node_results') }} as nodes
        on newest_results.run_id = nodes.run_id
    where
        newest_results.outcome = 'failed'
        and newest_results.began_at > newest_results.last_whole_success_at
        and nodes.status in ('error', 'fail', 'runtime error')
    -- One and the same node may have failed in runs of several selections.
    qualify row_number() over (partition by nodes.node_id order by newest_results.began_at desc, newest_results.run_id desc) = 1

),

next_run as (

    select
        greatest(usual_pauses.allowed_hours, rules.limit_value) as hours,
        (select max(newest.began_at) from runs as newest) as last_began_at
    from {{ ref('usual_pauses') }} as usual_pauses
    inner join rules
        on rules.rule_name = 'no_run'
    where usual_pauses.source_table is null

)

select
    'run_' || outcome as rule_name,
    coalesce(command || ' ' || selection, command) as subject,
    cast(null as string) as node_id,
    cast(null as numeric(38, 9)) as measured_value,
    cast(null as numeric(38, 9)) as limit_value,
    coalesce(ended_at, began_at) as holds_from,
    message
from bad_runs

union all

select
    case when node_type in ('test', 'unit_test') then 'check_failed' else 'node_failed' end as rule_name,
    node_name as subject,
    node_id,
    cast(failure_count as numeric(38, 9)) as measured_value,
    cast(null as numeric(38, 9)) as limit_value,
    ended_at as holds_from,
    message
from bad_nodes

union all

-- From then on: a program that knows the time says whether it has come.
select
    'run_hangs' as rule_name,
    coalesce(runs.command || ' ' || runs.selection, runs.command) as subject,
    cast(null as string) as node_id,
    cast(null as numeric(38, 9)) as measured_value,
    rules.limit_value,
    {{ timestamp_of_microseconds(
        unix_microseconds('runs.began_at') ~ ' + cast(rules.limit_value as int64) * 60000000'
    ) }} as holds_from,
    cast(null as string) as message
from runs
inner join rules
    on rules.rule_name = 'run_hangs'
where runs.outcome = 'running'

union all

select
    'no_run' as rule_name,
    cast(null as string) as subject,
    cast(null as string) as node_id,
    cast(null as numeric(38, 9)) as measured_value,
    cast(hours as numeric(38, 9)) as limit_value,
    {{ timestamp_of_microseconds(
        unix_microseconds('last_began_at') ~ ' + cast(floor(hours * 60) as int64) * 60000000'
    ) }} as holds_from,
    cast(null as string) as message
from next_run
