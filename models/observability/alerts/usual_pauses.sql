with

run_pauses as (

    select
        history_date,
        {{ micros_as_decimal(integer_divide(
            unix_microseconds('began_at') ~ ' - ' ~ unix_microseconds('lag(began_at) over (order by began_at, run_id)'), 3600
        )) }} as pause_hours
    from {{ ref('runs') }}

),

pauses as (

    select
        source_table,
        history_date,
        freshness_hours as pause_hours
    from {{ ref('source_run_rates') }}

    union all

    select
        cast(null as string) as source_table,
        history_date,
        pause_hours
    from run_pauses

),

days as (

    select
        source_table,
        history_date,
        max(pause_hours) as longest_hours,
        max(history_date) over (partition by source_table) as newest_date
    from pauses
    where pause_hours is not null
    group by source_table, history_date

),

numbered_days as (

    select
        source_table,
        longest_hours,
        count(*) over (partition by source_table) as day_count,
        row_number() over (partition by source_table order by longest_hours desc) as place
    from days
    where history_date < newest_date and history_date >= {{ date_plus_days('newest_date', -56) }}

)

-- With 28 days known the third longest counts, so that a failure in the past does not hide the next.
select
    source_table,
    day_count,
    longest_hours as usual_longest_hours,
    cast(longest_hours + longest_hours * cast('0.25' as numeric(38, 9)) as numeric(38, 9)) as allowed_hours
from numbered_days
where day_count >= 7 and place = case when day_count >= 28 then 3 else 1 end
