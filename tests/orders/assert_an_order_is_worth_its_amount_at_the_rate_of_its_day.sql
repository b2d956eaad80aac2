-- Order by order, from the newest record of each order and of each rate, past every model in between.
with

latest_orders as (

    select
        order_id,
        user_id,
        order_status,
        order_amount,
        coalesce(currency, '{{ var("reporting_currency") }}') as currency,
        order_date
    from {{ ref('stg_shop__orders') }}
    qualify
        row_number() over (
            partition by order_id
            order by
                coalesce(source_changed_at, timestamp '0001-01-01 00:00:00') desc, log_number desc, log_offset desc, log_row desc,
                loaded_at desc, source_file desc, source_position desc
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
        from latest_orders
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

expected as (

    select
        latest_orders.*,
        case
            when latest_orders.currency = '{{ var("reporting_currency") }}' then latest_orders.order_amount
            else round(latest_orders.order_amount * rates_of_days.exchange_rate, 9)
        end as ordered_amount
    from latest_orders
    left join rates_of_days
        on
            latest_orders.currency = rates_of_days.currency
            and latest_orders.order_date = rates_of_days.order_date

)

select
    expected.order_id as expected_order,
    found.order_id as found_order,
    expected.ordered_amount as expected_amount,
    found.ordered_amount as found_amount,
    found.revenue as found_revenue
from expected
full outer join {{ ref('fct_orders') }} as found
    on expected.order_id = found.order_id
where
    expected.order_id is null
    or found.order_id is null
    or expected.user_id <> found.user_id
    or expected.order_status <> found.order_status
    or expected.currency <> found.currency
    or expected.order_amount <> found.order_amount
    or expected.ordered_amount is distinct from found.ordered_amount
    or found.revenue <> case when expected.order_status = 'completed' then coalesce(expected.ordered_amount, 0) else 0 end
