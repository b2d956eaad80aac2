-- How long is a watch stream of each program on average, and how long does a viewer watch it?
with

programs as (

    select
        program_id,
        count(*) as stream_count,
        count(distinct user_id) as viewer_count,
        sum(stream_duration_seconds) as watch_seconds
    from {{ ref('fct_watch_streams') }}
    group by program_id

)

select
    program_id,
    stream_count,
    viewer_count,
    watch_seconds / stream_count as average_watch_seconds,
    watch_seconds / viewer_count as average_watch_seconds_per_viewer
from programs
order by program_id
