{#- What was usual. The days just before are left out, so that what lasts does not become usual before it is told. -#}
{%- set usual_days = 'order by day_number range between 33 preceding and 3 preceding' -%}
{%- set usual_runs = 'order by began_at, run_id rows between 30 preceding and 3 preceding' -%}
{%- set day_number = integer_divide(unix_microseconds('cast(history_date as timestamp)'), 86400000000) -%}

with

source_runs as (

    select
        *,
        {{ day_number }} as day_number
    from {{ ref('source_run_rates') }}
    where arrived_count > 0 and reason is not null

),

-- What is usual is taken from days, so it does not matter how many runs a day has.
rejections_by_day as (

    select
        source_table,
        reason,
        day_number,
        {{ integer_divide('100000000 * cast(sum(rejected_count) as int64)', 'cast(sum(arrived_count) as int64)') }} as micros
    from source_runs
    group by source_table, reason, day_number

),

usual_rejections as (

    select
        *,
        avg(micros) over (partition by source_table, reason {{ usual_days }}) as usual_mean,
        stddev_samp(micros) over (partition by source_table, reason {{ usual_days }}) as usual_stddev,
        count(*) over (partition by source_table, reason {{ usual_days }}) as known_count
    from rejections_by_day

),

builds as (

    select
        run_id,
        began_at,
        ended_at,
        cast(floor(duration_seconds * 1000000) as int64) as micros
    from {{ ref('runs') }}
    where command = 'build' and selection is null and not is_full_refresh and outcome = 'succeeded'

),

usual_builds as (

    select
        *,
        avg(micros) over ({{ usual_runs }}) as usual_mean,
        stddev_samp(micros) over ({{ usual_runs }}) as usual_stddev,
        count(*) over ({{ usual_runs }}) as known_count
    from builds

),

-- The newest day is not over.
volumes as (

    select
        *,
        case when weekday_day_count >= 4 then weekday_mean_count else recent_mean_count end * 1000000 as usual_mean,
        case when weekday_day_count >= 4 then weekday_stddev_count else recent_stddev_count end * 1000000 as usual_stddev
    from {{ ref('daily_source_rates') }}
    where volume_deviations is not null
    qualify history_date < max(history_date) over ()

),

scores as (

    select
        history_date,
        {{ day_number }} as day_number,
        cast(floor(quality_score * 1000000) as int64) as micros
    from {{ ref('daily_quality_scores') }}

),

usual_scores as (

    select
        *,
        avg(micros) over ({{ usual_days }}) as usual_mean,
        stddev_samp(micros) over ({{ usual_days }}) as usual_stddev,
        count(*) over ({{ usual_days }}) as known_count
    from scores

)

-- A deviation of less than half a percent, or of one record, is none.
select
    'rejections_high' as rule_name,
    source_runs.source_table,
    source_runs.reason,
    source_runs.began_at as measured_from,
    source_runs.ended_at as measured_at,
    cast(100 * source_runs.rejection_rate as numeric(38, 9)) as measured_value,
    usual.usual_mean,
    greatest(
        coalesce(usual.usual_stddev, 0), 500000, {{ integer_divide('100000000', 'source_runs.arrived_count') }}
    ) as usual_deviation,
    usual.known_count >= 7 as is_usual_known
from source_runs
inner join usual_rejections as usual
    on
        source_runs.source_table = usual.source_table
        and source_runs.reason = usual.reason
        and source_runs.day_number = usual.day_number

union all

-- Nor is one of less than a tenth, or of ten seconds.
select
    'runs_slow' as rule_name,
    cast(null as string) as source_table,
    cast(null as string) as reason,
    began_at as measured_from,
    ended_at as measured_at,
    {{ micros_as_decimal('micros') }} as measured_value,
    usual_mean,
    greatest(coalesce(usual_stddev, 0), usual_mean / 10, 10000000) as usual_deviation,
    known_count >= 7 as is_usual_known
from usual_builds
{%- for rule in ['volume_low', 'volume_high'] %}

union all

select
    '{{ rule }}' as rule_name,
    source_table,
    cast(null as string) as reason,
    cast(history_date as timestamp) as measured_from,
    cast(history_date as timestamp) as measured_at,
    cast(arrived_count as numeric(38, 9)) as measured_value,
    cast(floor(usual_mean) as int64) as usual_mean,
    greatest(
        cast(floor(coalesce(usual_stddev, 0)) as int64), cast(floor(usual_mean / 20) as int64), 1000000
    ) as usual_deviation,
    true as is_usual_known
from volumes
{%- endfor %}

union all

-- Nor is one of less than a point.
select
    'quality_low' as rule_name,
    cast(null as string) as source_table,
    cast(null as string) as reason,
    cast(history_date as timestamp) as measured_from,
    cast(history_date as timestamp) as measured_at,
    {{ micros_as_decimal('micros') }} as measured_value,
    usual_mean,
    greatest(coalesce(usual_stddev, 0), 1000000) as usual_deviation,
    known_count >= 7 as is_usual_known
from usual_scores
