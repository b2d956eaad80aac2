-- Line by line, not only in number: each arrival stands in exactly one of the two models.
-- Only what may be purged need not be in raw.
{%- set kept_from = raw_kept_from() %}
with

divided as (

    select
        loaded_at,
        source_file,
        source_position
    from {{ ref('stg_app__log_events') }}

    union all

    select
        loaded_at,
        source_file,
        source_position
    from {{ ref('stg_app__log_events_rejected') }}

),

counted as (

    select
        loaded_at,
        source_file,
        source_position,
        count(*) as divided_count
    from divided
    group by loaded_at, source_file, source_position

)

select
    raw_lines.loaded_at,
    raw_lines.source_file,
    raw_lines.source_position,
    counted.divided_count
from {{ raw_table('app_logs') }} as raw_lines
full outer join counted
    on
        raw_lines.loaded_at = counted.loaded_at
        and raw_lines.source_file = counted.source_file
        and raw_lines.source_position = counted.source_position
where
    (raw_lines.source_file is null and not ({{ arrived_before(kept_from, 'counted.loaded_at') }}))
    or counted.divided_count is null
    or counted.divided_count <> 1
