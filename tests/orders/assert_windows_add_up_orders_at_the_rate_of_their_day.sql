-- Window by window, with each order at its first arrival: so no window adds two currencies, and none is of another user or time.
with

first_arrivals as (

    select
        order_id,
        user_id,
        order_amount,
        coalesce(currency, '{{ var("reporting_currency") }}') as currency,
        ordered_at,
        order_date
    from {{ ref('stg_shop__orders') }}
    qualify
        row_number() over (
            partition by order_id
            order by loaded_at, source_file, source_position
        ) = 1

),

rates_of_days as (

    select
        order_days.currency,
        order_days.order_date,
        rates.exchange_rate
    from (
        select distinct
            currency,
            order_date
        from first_arrivals
    ) as order_days
    inner join {{ ref('stg_shop__exchange_rates') }} as rates
        on
            order_days.currency = rates.currency
            and order_days.order_date >= rates.rate_date
    qualify
        row_number() over (
            partition by order_days.currency, order_days.order_date
            order by rates.rate_date desc, rates.loaded_at desc, rates.source_file desc, rates.source_position desc
        ) = 1

),

orders as (

    select
        first_arrivals.*,
        case
            when first_arrivals.currency = '{{ var("reporting_currency") }}' then first_arrivals.order_amount
            else round(first_arrivals.order_amount * rates_of_days.exchange_rate, 9)
        end as ordered_amount
    from first_arrivals
    left join rates_of_days
        on
            first_arrivals.currency = rates_of_days.currency
            and first_arrivals.order_date = rates_of_days.order_date

),

expected as (

    select
        'fct_order_windows' as mart,
        {{ tumbling_window_start('ordered_at', var('order_window_seconds')) }} as window_start_at,
        cast(null as string) as user_id,
        sum(coalesce(ordered_amount, 0)) as ordered_amount
    from orders
    where order_id not in (select late.order_id from {{ ref('fct_order_windows_late') }} as late)
    group by 1, 2, 3

    union all

    select
        'fct_user_activity_windows' as mart,
        {{ tumbling_window_start('ordered_at', var('activity_window_seconds')) }} as window_start_at,
        cast(user_id as string) as user_id,
        sum(coalesce(ordered_amount, 0)) as ordered_amount
    from orders
    where
        order_id not in (
            select late.record_id
            from {{ ref('int_activity__events_and_orders_late') }} as late
            where late.is_order
        )
    group by 1, 2, 3

),

found as (

    select
        'fct_order_windows' as mart,
        window_start_at,
        cast(null as string) as user_id,
        ordered_amount
    from {{ ref('fct_order_windows') }}

    union all

    select
        'fct_user_activity_windows' as mart,
        window_start_at,
        cast(user_id as string) as user_id,
        ordered_amount
    from {{ ref('fct_user_activity_windows') }}
    where order_count > 0

)

select
    coalesce(expected.mart, found.mart) as mart,
    coalesce(expected.window_start_at, found.window_start_at) as window_start_at,
    coalesce(expected.user_id, found.user_id) as user_id,
    expected.ordered_amount as expected_amount,
    found.ordered_amount as found_amount
from expected
full outer join found
    on
        expected.mart = found.mart
        and expected.window_start_at = found.window_start_at
        and coalesce(expected.user_id, '') = coalesce(found.user_id, '')
where expected.ordered_amount is distinct from found.ordered_amount
