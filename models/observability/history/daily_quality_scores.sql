with

lost as (

    select
        history_date,
        sum(points) as lost_points,
        string_agg(explanation, '; ' order by points desc, explanation asc) as explanation
    from {{ ref('daily_quality_losses') }}
    group by history_date

)

select
    runs.history_date,
    cast(greatest(100 - coalesce(lost.lost_points, 0), 0) as numeric(38, 9)) as quality_score,
    cast(coalesce(lost.lost_points, 0) as numeric(38, 9)) as lost_points,
    lost.explanation
from {{ ref('daily_run_rates') }} as runs
left join lost
    on runs.history_date = lost.history_date
where runs.run_count > 0
