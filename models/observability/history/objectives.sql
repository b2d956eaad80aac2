with

definitions as (

    select *
    from {{ ref('objective_definitions') }}

),

days as (

    select
        history_date,
        history_date = max(history_date) over () as is_newest_day
    from {{ ref('daily_run_rates') }}

),

measured as (

    select
        definitions.*,
        days.history_date,
        days.is_newest_day,
        measures.measured_value
    from definitions
    cross join days
    left join {{ ref('daily_measures') }} as measures
        on
            days.history_date = measures.history_date
            and definitions.measure = measures.measure
            and coalesce(definitions.source_table, '') = coalesce(measures.source_table, '')

)

select
    objective_name,
    history_date,
    measure,
    source_table,
    measured_value,
    case
        -- The newest day is not over: what it has not measured may still come.
        when measured_value is null then case when without_value = 'missed' and not is_newest_day then false end
        when is_met_when = 'at_most' then measured_value <= limit_value
        when is_met_when = 'below' then measured_value < limit_value
        when is_met_when = 'at_least' then measured_value >= limit_value
        when is_met_when = 'above' then measured_value > limit_value
    end as is_met
from measured
