-- For every source: what staging accepted and what it set aside add up to raw, what was purged from it included.
select
    source_table,
    raw_count,
    purged_count,
    accepted_count,
    rejected_count
from {{ ref('source_row_counts') }}
where raw_count + purged_count <> accepted_count + rejected_count
