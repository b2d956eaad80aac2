with

days as (

    select
        source_table,
        history_date,
        max(freshness_hours) as longest_hours
    from {{ ref('source_run_rates') }}
    where freshness_hours is not null
    group by source_table, history_date

),

numbered_days as (

    select
        source_table,
        longest_hours,
        count(*) over (partition by source_table) as day_count,
        row_number() over (partition by source_table order by longest_hours desc) as place
    from days
    where
        history_date < (select max(newest.history_date) from days as newest)
        and history_date >= {{ date_plus_days('(select max(newest.history_date) from days as newest)', -56) }}

)

-- With 28 days known the third longest counts, so that a failure in the past does not hide the next.
select
    source_table,
    day_count,
    longest_hours as usual_longest_hours,
    cast(longest_hours + longest_hours * cast('0.25' as numeric(38, 9)) as numeric(38, 9)) as allowed_hours
from numbered_days
where day_count >= 7 and place = case when day_count >= 28 then 3 else 1 end
