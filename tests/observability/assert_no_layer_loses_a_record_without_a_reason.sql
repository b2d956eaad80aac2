-- Staging accepts or rejects all of raw; where the marts account for a source, they say what became of all that was accepted.
with

sources as (

    select
        source_table,
        sum(case when layer = 'raw' then row_count else 0 end) as arrived_count,
        sum(case when layer = 'staging' then row_count else 0 end) as staged_count,
        sum(case when layer = 'staging' and outcome = 'accepted' then row_count else 0 end) as accepted_count,
        sum(case when layer = 'marts' then row_count end) as placed_count
    from {{ ref('layer_row_counts') }}
    group by source_table

)

select *
from sources
where
    arrived_count <> staged_count
    or accepted_count <> placed_count
