{#- A series: what is measured again and again. -#}
{%- set series = "rule_name, coalesce(source_table, ''), coalesce(reason, '')" -%}
{#- The days just before are left out of what is usual, so that what lasts does not become usual before it is told. -#}
{%- set before = '(partition by ' ~ series ~ ' order by day_number range between 33 preceding and 3 preceding)' -%}
{%- set around = '(partition by ' ~ series ~ ' order by day_number range between 31 preceding and 31 following)' -%}

with

measured as (

    select
        'rejections_high' as rule_name,
        source_table,
        reason,
        history_date,
        began_at as measured_from,
        ended_at as measured_at,
        {{ integer_divide('100000000 * rejected_count', 'arrived_count') }} as micros,
        rejected_count as part,
        arrived_count as whole,
        -- A deviation of less than half a percent, or of one record, is none.
        greatest(500000, {{ integer_divide('100000000', 'arrived_count') }}) as least_deviation
    from {{ ref('source_run_rates') }}
    where arrived_count > 0 and reason is not null

    union all

    select
        'runs_slow' as rule_name,
        cast(null as string) as source_table,
        cast(null as string) as reason,
        history_date,
        began_at as measured_from,
        ended_at as measured_at,
        cast(floor(duration_seconds * 1000000) as int64) as micros,
        cast(floor(duration_seconds * 1000000) as int64) as part,
        100000000 as whole,
        -- Builds may always take ten seconds more.
        10000000 as least_deviation
    from {{ ref('runs') }}
    where command = 'build' and selection is null and not is_full_refresh and outcome = 'succeeded'

    union all

    select
        'quality_low' as rule_name,
        cast(null as string) as source_table,
        cast(null as string) as reason,
        history_date,
        cast(history_date as timestamp) as measured_from,
        cast(history_date as timestamp) as measured_at,
        cast(floor(quality_score * 1000000) as int64) as micros,
        cast(floor(quality_score * 1000000) as int64) as part,
        100000000 as whole,
        1000000 as least_deviation
    from {{ ref('daily_quality_scores') }}

),

numbered as (

    select
        *,
        {{ integer_divide(unix_microseconds('cast(history_date as timestamp)'), 86400000000) }} as day_number
    from measured

),

-- What is usual is taken from days, so it does not matter how many runs a day has.
days as (

    select
        rule_name,
        source_table,
        reason,
        day_number,
        {{ integer_divide('100000000 * cast(sum(part) as int64)', 'cast(sum(whole) as int64)') }} as micros
    from numbered
    group by rule_name, source_table, reason, day_number

),

-- A day that stands out among those around it is not usual, so that a failure in the past does not hide the next.
judged_days as (

    select
        *,
        abs(micros - avg(micros) over {{ around }}) <= 2 * stddev_samp(micros) over {{ around }} as is_usual
    from days

),

usual as (

    select
        *,
        -- Rounded, for engines add floating-point numbers up in different orders.
        cast(round(avg(case when is_usual then micros end) over {{ before }}) as int64) as usual_mean,
        cast(round(coalesce(stddev_samp(case when is_usual then micros end) over {{ before }}, 0)) as int64) as usual_stddev,
        count(case when is_usual then micros end) over {{ before }} as known_count
    from judged_days

),

-- The newest day is not over, and a day after one on which nothing was counted has the records of both.
volumes as (

    select
        *,
        case when weekday_day_count >= 4 then weekday_mean_count else recent_mean_count end * 1000000 as usual_mean,
        case when weekday_day_count >= 4 then weekday_stddev_count else recent_stddev_count end * 1000000 as usual_stddev
    from {{ ref('daily_source_rates') }}
    where volume_deviations is not null
    qualify
        history_date < max(history_date) over ()
        and lag(history_date) over (partition by source_table order by history_date) = {{ date_plus_days('history_date', -1) }}

)

select
    numbered.rule_name,
    numbered.source_table,
    numbered.reason,
    numbered.measured_from,
    numbered.measured_at,
    {{ micros_as_decimal('numbered.micros') }} as measured_value,
    usual.usual_mean,
    -- Nor is a deviation of less than a twentieth.
    case
        when usual.usual_mean is not null
            then greatest(usual.usual_stddev, {{ integer_divide('usual.usual_mean', '20') }}, numbered.least_deviation)
    end as usual_deviation,
    usual.known_count >= 7 as is_usual_known
from numbered
inner join usual
    on
        numbered.rule_name = usual.rule_name
        and coalesce(numbered.source_table, '') = coalesce(usual.source_table, '')
        and coalesce(numbered.reason, '') = coalesce(usual.reason, '')
        and numbered.day_number = usual.day_number
{%- for rule in ['volume_low', 'volume_high'] %}

union all

-- Four weekdays say little about a deviation: of volumes it is a tenth at least.
select
    '{{ rule }}' as rule_name,
    source_table,
    cast(null as string) as reason,
    cast(history_date as timestamp) as measured_from,
    cast(history_date as timestamp) as measured_at,
    cast(arrived_count as numeric(38, 9)) as measured_value,
    cast(floor(usual_mean) as int64) as usual_mean,
    greatest(
        cast(floor(coalesce(usual_stddev, 0)) as int64), {{ integer_divide('cast(floor(usual_mean) as int64)', '10') }}, 1000000
    ) as usual_deviation,
    true as is_usual_known
from volumes
{%- endfor %}
