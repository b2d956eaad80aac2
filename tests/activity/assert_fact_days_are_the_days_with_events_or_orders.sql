-- The range holds each day on which an accepted event or order falls and no other, as long as anybody is active then.
with

occupied as (

    select event_date as metric_date
    from {{ ref('stg_app__log_events') }}

    union distinct

    select order_date as metric_date
    from {{ ref('int_orders__orders_latest') }}

),

expected as (

    select occupied.metric_date
    from occupied
    where
        exists (
            select 1
            from {{ ref('int_activity__user_history') }} as versions
            where
                versions.is_active
                and occupied.metric_date >= versions.effective_from_date
                and occupied.metric_date < versions.effective_to_date
        )

),

found as (

    select distinct metric_date
    from {{ ref('fct_daily_user_metrics') }}

)

select
    expected.metric_date as expected_date,
    found.metric_date as found_date
from expected
full outer join found
    on expected.metric_date = found.metric_date
where
    found.metric_date is null
    or expected.metric_date is null
