-- Told from the change records alone, without the day ranges that the fact joins on: who was active at the end of each day?
with

days as (

    select distinct metric_date
    from {{ ref('fct_daily_user_metrics') }}

),

changes as (

    select
        user_id,
        is_active,
        changed_at,
        {{ date_in_reporting_timezone('changed_at') }} as changed_date,
        row_number() over (partition by user_id order by changed_at) as change_number
    from {{ ref('int_activity__user_changes') }}

),

as_of_day as (

    select
        days.metric_date,
        changes.user_id,
        changes.is_active
    from days
    inner join changes
        on
            days.metric_date >= changes.changed_date
            -- before the first change the first change speaks
            or changes.change_number = 1
    qualify
        row_number() over (
            partition by days.metric_date, changes.user_id
            order by changes.changed_at desc
        ) = 1

),

expected as (

    select
        metric_date,
        user_id
    from as_of_day
    where is_active

),

found as (

    select
        metric_date,
        user_id,
        count(*) as row_count
    from {{ ref('fct_daily_user_metrics') }}
    group by metric_date, user_id

)

select
    coalesce(expected.metric_date, found.metric_date) as metric_date,
    coalesce(expected.user_id, found.user_id) as user_id,
    found.row_count
from expected
full outer join found
    on
        expected.metric_date = found.metric_date
        and expected.user_id = found.user_id
where
    expected.user_id is null
    or found.row_count is null
    or found.row_count <> 1
