{#- Name of the measure to its value in a row of the model above it. -#}
{%- set of_runs = {
    'ready_hour': 'ready_hour',
    'success_percentage': '100 * success_rate',
    'passed_check_percentage': '100 * passed_check_rate',
    'retry_count': 'retry_count',
    'median_run_seconds': 'median_duration_seconds',
    'p95_run_seconds': 'p95_duration_seconds',
} -%}
{%- set of_sources = {
    'freshness_hours': 'freshness_hours',
    'rejected_percentage': '100 * rejection_rate',
    'duplicate_percentage': '100 * duplicate_rate',
    'missing_value_percentage': '100 * missing_value_rate',
    'arrived_count': 'arrived_count',
} -%}

with

runs as (

    select *
    from {{ ref('daily_run_rates') }}

),

sources as (

    select *
    from {{ ref('daily_source_rates') }}

),

scores as (

    select *
    from {{ ref('daily_quality_scores') }}

),

measures as (

    select
        history_date,
        'quality_score' as measure,
        cast(null as string) as source_table,
        quality_score as measured_value
    from scores
    {%- for measure, value in of_runs.items() %}

    union all

    select
        history_date,
        '{{ measure }}' as measure,
        cast(null as string) as source_table,
        cast({{ value }} as numeric(38, 9)) as measured_value
    from runs
    {%- endfor %}
    {%- for measure, value in of_sources.items() %}

    union all

    select
        history_date,
        '{{ measure }}' as measure,
        source_table,
        cast({{ value }} as numeric(38, 9)) as measured_value
    from sources

    union all

    -- Of all sources together: {{ 'their sum' if measure == 'arrived_count' else 'the worst' }}.
    select
        history_date,
        '{{ measure }}' as measure,
        cast(null as string) as source_table,
        cast({{ 'sum' if measure == 'arrived_count' else 'max' }}({{ value }}) as numeric(38, 9)) as measured_value
    from sources
    group by history_date
    {%- endfor %}

)

select
    history_date,
    measure,
    source_table,
    measured_value
from measures
where measured_value is not null
