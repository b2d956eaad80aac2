-- For every source: what staging accepted and what it set aside add up to raw.
select *
from {{ ref('source_row_counts') }}
where raw_count <> accepted_count + rejected_count
