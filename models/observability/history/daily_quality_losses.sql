{%- set hours = setting('maximum_data_age_hours') -%}

with

runs as (

    select *
    from {{ ref('daily_run_rates') }}
    where run_count > 0

),

sources as (

    select
        *,
        cast(floor(rejection_rate * 1000000) as int64) as rejected_ppm,
        cast(floor(duplicate_rate * 1000000) as int64) as duplicate_ppm
    from {{ ref('daily_source_rates') }}

),

-- Hundredths of a point. The formula is explained in docs/run_history.md.
losses as (

    select
        history_date,
        'failed_runs' as cause,
        cast(null as string) as source_table,
        {{ integer_divide('(run_count - succeeded_count) * 2000', 'run_count') }} as hundredths,
        cast(run_count - succeeded_count as string) || ' of ' || cast(run_count as string) || ' runs did not succeed' as says
    from runs

    union all

    select
        history_date,
        'failed_checks' as cause,
        cast(null as string) as source_table,
        least({{ integer_divide('failed_check_count * 30000', 'nullif(check_count, 0)') }}, 3000) as hundredths,
        cast(failed_check_count as string) || ' of ' || cast(check_count as string) || ' checks failed' as says
    from runs
    where check_count > 0

    union all

    select
        history_date,
        'rejected' as cause,
        source_table,
        least({{ integer_divide('rejected_ppm', 100) }}, 2000) as hundredths,
        {{ percent_as_text('rejected_ppm') }} || ' % of ' || source_table || ' rejected, mostly ' || most_frequent_reason as says
    from sources
    where rejected_ppm > 0

    union all

    select
        history_date,
        'duplicates' as cause,
        source_table,
        least({{ integer_divide('duplicate_ppm', 400) }}, 500) as hundredths,
        {{ percent_as_text('duplicate_ppm') }} || ' % of ' || source_table || ' were duplicates' as says
    from sources
    where duplicate_ppm > 0

    union all

    select
        history_date,
        'volume' as cause,
        source_table,
        500 as hundredths,
        cast(arrived_count as string) || ' records of ' || source_table || ' arrived, unusually '
        || case when volume_deviations > 0 then 'many' else 'few' end as says
    from sources
    where abs(volume_deviations) > 3
    {%- if hours is not none %}

    union all

    select
        history_date,
        'stale' as cause,
        source_table,
        500 as hundredths,
        source_table || ' is ' || cast(cast(floor(freshness_hours) as int64) as string) || ' hours old' as says
    from sources
    where freshness_hours > {{ hours }}
    {%- endif %}

)

select
    history_date,
    cause,
    source_table,
    {{ micros_as_decimal('hundredths * 10000') }} as points,
    '-' || {{ hundredths_as_text('hundredths') }} || ': ' || says as explanation
from losses
where hundredths > 0
