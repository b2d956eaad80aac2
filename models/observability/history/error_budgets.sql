with

definitions as (

    select
        *,
        -- Parts per million of days that may be missed.
        cast((100 - target_percentage) * 10000 as int64) as allowed_ppm
    from {{ ref('objective_definitions') }}

),

days as (

    select
        *,
        {{ integer_divide(unix_microseconds('cast(history_date as timestamp)'), 86400000000) }} as day_number
    from {{ ref('objectives') }}

),

in_window as (

    select
        days.objective_name,
        days.history_date,
        days.is_met,
        definitions.window_days,
        max(days.day_number) over () - days.day_number as days_ago
    from days
    inner join definitions
        on days.objective_name = definitions.objective_name
    qualify max(days.day_number) over () - days.day_number < definitions.window_days

),

counts as (

    select
        objective_name,
        min(history_date) as window_from,
        max(history_date) as window_to,
        {{ count_where('is_met is not null') }} as day_count,
        {{ count_where('not is_met') }} as missed_day_count,
        {{ count_where('is_met is not null and days_ago < 7') }} as recent_day_count,
        {{ count_where('not is_met and days_ago < 7') }} as recent_missed_day_count
    from in_window
    group by objective_name

),

last_missed as (

    select
        objective_name,
        string_agg(cast(history_date as string), ', ' order by history_date desc) as last_missed_days
    from (
        select
            objective_name,
            history_date
        from in_window
        where not is_met
        qualify row_number() over (partition by objective_name order by history_date desc) <= 10
    ) as missed_days
    group by objective_name

)

select
    definitions.objective_name,
    definitions.objective_description,
    cast(definitions.target_percentage as numeric(38, 9)) as target_percentage,
    definitions.window_days,
    counts.window_from,
    counts.window_to,
    coalesce(counts.day_count, 0) as day_count,
    coalesce(counts.missed_day_count, 0) as missed_day_count,
    cast(100 * {{ share('counts.day_count - counts.missed_day_count', 'counts.day_count') }} as numeric(38, 9)) as met_percentage,
    {{ micros_as_decimal('definitions.window_days * definitions.allowed_ppm') }} as allowed_missed_days,
    cast(
        100 * (1 - {{ share('counts.missed_day_count * 1000000', 'definitions.window_days * definitions.allowed_ppm') }})
        as numeric(38, 9)
    ) as budget_left_percentage,
    {{ share('counts.recent_missed_day_count * 1000000', 'counts.recent_day_count * definitions.allowed_ppm') }} as burn_rate,
    last_missed.last_missed_days
from definitions
left join counts
    on definitions.objective_name = counts.objective_name
left join last_missed
    on definitions.objective_name = last_missed.objective_name
