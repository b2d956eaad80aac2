{{ config(materialized='incremental', cluster_by=['user_id']) }}

with

metrics as (

    select *
    from {{ ref('int_activity__user_metrics') }}

),

active_users as (

    select *
    from {{ ref('int_activity__active_users') }}

)

select
    metrics.user_number,
    metrics.user_id,
    metrics.user_name,
    metrics.total_events,
    metrics.total_orders,
    metrics.total_revenue
from metrics
-- semi join
where
    exists (
        select 1
        from active_users
        where active_users.user_id = metrics.user_id
    )
