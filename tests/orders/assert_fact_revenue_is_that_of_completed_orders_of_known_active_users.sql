-- To the last digit, from the orders and the change records of users.
with

completed_orders as (

    select
        user_id,
        order_date,
        sum(revenue) as revenue
    from {{ ref('fct_orders') }}
    where is_completed
    group by user_id, order_date

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
        completed_orders.revenue,
        changes.is_active
    from completed_orders
    inner join changes
        on
            completed_orders.user_id = changes.user_id
            and (completed_orders.order_date >= changes.changed_date or changes.change_number = 1)
    qualify
        row_number() over (
            partition by completed_orders.user_id, completed_orders.order_date
            order by changes.changed_at desc
        ) = 1

),

expected as (

    select coalesce(sum(revenue), 0) as total_revenue
    from as_of_day
    where is_active

),

found as (

    select coalesce(sum(total_revenue), 0) as total_revenue
    from {{ ref('fct_daily_user_metrics') }}

)

select
    expected.total_revenue as expected_revenue,
    found.total_revenue as found_revenue
from expected
cross join found
where expected.total_revenue <> found.total_revenue
