with

lost as (

    select
        day,
        sum(points) as lost_points,
        string_agg(explanation, '; ' order by points desc, explanation asc) as explanation
    from {{ ref('daily_quality_losses') }}
    group by day

)

select
    runs.day,
    cast(greatest(100 - coalesce(lost.lost_points, 0), 0) as numeric(38, 9)) as quality_score,
    cast(coalesce(lost.lost_points, 0) as numeric(38, 9)) as lost_points,
    lost.explanation
from {{ ref('daily_run_rates') }} as runs
left join lost
    on runs.day = lost.day
where runs.run_count > 0
