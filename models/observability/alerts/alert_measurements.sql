with

rules as (

    select
        rule_name,
        cast(limit_value as numeric(38, 9)) as limit_value,
        case when rule_name in ('volume_low', 'quality_low') then -1 else 1 end as direction
    from {{ ref('alert_rules') }}

),

-- Against the mean of a series and so many standard deviations.
of_series as (

    select
        series.rule_name,
        series.source_table,
        series.reason,
        series.measured_from,
        series.measured_at,
        series.measured_value,
        case
            when series.is_usual_known
                then {{ micros_as_decimal(
                    'series.usual_mean + rules.direction * cast(rules.limit_value as int64) * series.usual_deviation'
                ) }}
        end as limit_value,
        rules.direction
    from {{ ref('alert_series') }} as series
    inner join rules
        on series.rule_name = rules.rule_name

),

-- Half of what a source brought is too much at once, unless it is usual.
of_whole_sources as (

    select
        rules.rule_name,
        source_runs.source_table,
        cast(null as string) as reason,
        source_runs.began_at as measured_from,
        source_runs.ended_at as measured_at,
        cast(100 * source_runs.rejection_rate as numeric(38, 9)) as measured_value,
        rules.limit_value,
        rules.direction
    from {{ ref('source_run_rates') }} as source_runs
    inner join rules
        on rules.rule_name = 'source_rejected'
    where source_runs.reason is null and source_runs.arrived_count >= 20

),

-- A source that has no records any more, as after a move to other data, has no age.
of_pauses as (

    select
        rules.rule_name,
        source_runs.source_table,
        cast(null as string) as reason,
        source_runs.began_at as measured_from,
        source_runs.ended_at as measured_at,
        source_runs.freshness_hours as measured_value,
        case
            when usual_pauses.allowed_hours < rules.limit_value then rules.limit_value
            else usual_pauses.allowed_hours
        end as limit_value,
        rules.direction
    from {{ ref('source_run_rates') }} as source_runs
    inner join rules
        on rules.rule_name = 'source_stale'
    left join {{ ref('usual_pauses') }} as usual_pauses
        on source_runs.source_table = usual_pauses.source_table
    where source_runs.freshness_hours is not null or source_runs.record_count = 0

),

measurements as (

    select * from of_series
    union all
    select * from of_whole_sources
    union all
    select * from of_pauses

),

compared as (

    select
        *,
        coalesce(direction * measured_value > direction * limit_value, false) as is_breach,
        row_number() over (partition by rule_name, source_table, reason order by measured_from) as place
    from measurements

),

counted as (

    select
        *,
        place - coalesce(max(case when not is_breach then place end) over (
            partition by rule_name, source_table, reason
            order by measured_from
        ), 0) as breach_count
    from compared
    qualify row_number() over (partition by rule_name, source_table, reason order by measured_from desc) = 1

)

select
    rule_name,
    source_table,
    reason,
    measured_at,
    measured_value,
    limit_value,
    direction,
    is_breach,
    breach_count
from counted
where measured_value is not null
