-- Every accepted event counts once: in the fact, for a known user who was not active that day, or as an orphan.
with

places as (

    select sum(total_events) as event_count
    from {{ ref('fct_daily_user_metrics') }}

    union all

    select sum(total_events) as event_count
    from {{ ref('int_activity__daily_user_metrics_not_loaded') }}

    union all

    select count(*) as event_count
    from {{ ref('int_activity__orphans') }}
    where source_table = 'app_logs'

),

placed as (

    select coalesce(sum(event_count), 0) as event_count
    from places

),

accepted as (

    select count(*) as event_count
    from {{ ref('stg_app__log_events') }}

)

select
    accepted.event_count as accepted_count,
    placed.event_count as placed_count
from accepted
cross join placed
where accepted.event_count <> placed.event_count
