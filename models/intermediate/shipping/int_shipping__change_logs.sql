{{ config(materialized='view') }}

with

beginnings as (

    select
        log_name,
        min(minute_at) as began_at,
        cast(null as timestamp) as restarted_after_at,
        cast(null as int64) as left_log_number,
        cast(null as int64) as left_log_offset
    from {{ ref('int_shipping__change_log_minutes') }}
    group by log_name

    union all

    select
        log_name,
        restarted_after_at as began_at,
        restarted_after_at,
        left_log_number,
        left_log_offset
    from {{ ref('int_shipping__change_log_minutes') }}
    where restarted_after_at is not null

)

select
    log_name,
    row_number() over (order by began_at, case when restarted_after_at is null then 0 else 1 end, log_name) as log_order,
    row_number() over by_time - 1 as restart_count,
    began_at,
    restarted_after_at,
    left_log_number,
    left_log_offset,
    lead(restarted_after_at) over by_time as next_restarted_after_at,
    lead(left_log_number) over by_time as next_left_log_number,
    lead(left_log_offset) over by_time as next_left_log_offset
from beginnings
window by_time as (partition by log_name order by coalesce(restarted_after_at, timestamp '0001-01-01 00:00:00'))
