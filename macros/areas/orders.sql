{# The currency of orders, and their value in the reporting currency. #}

{# The currency of an order: the reporting currency where the order does not name one. #}
{% macro order_currency() -%}
    coalesce(currency, '{{ setting("reporting_currency") }}')
{%- endmacro %}

{#
    Orders with their value in the reporting currency, as something to select from: the columns of `orders` (a CTE, with `currency`,
    `order_date` and `order_amount`), with

    - `exchange_rate`: the rate of the order's day, else the last one before; null where none is known.
    - `ordered_amount`: the amount in the reporting currency, rounded half away from zero to nine decimals; null where no rate is known.

    Rates are looked up once for each currency and day, not for each order.
#}
{% macro in_reporting_currency(orders) -%}
    {%- set is_reporting_currency = "currency = '" ~ setting('reporting_currency') ~ "'" -%}
    (
        select
            *,
            case
                when {{ is_reporting_currency }} then order_amount
                else cast(round(order_amount * exchange_rate, 9) as numeric(38, 9))
            end as ordered_amount
        from (
            select
                orders.*,
                case when orders.{{ is_reporting_currency }} then cast(1 as numeric(38, 9)) else rates_of_days.exchange_rate end as exchange_rate
            from {{ orders }} as orders
            left join (
                select
                    days.currency,
                    days.order_date,
                    rates.exchange_rate
                from (select distinct currency, order_date from {{ orders }} where not {{ is_reporting_currency }}) as days
                inner join {{ ref('int_orders__exchange_rates') }} as rates
                    on
                        days.currency = rates.currency
                        and days.order_date >= rates.rate_date
                        and days.order_date < rates.next_rate_date
            ) as rates_of_days
                on
                    orders.currency = rates_of_days.currency
                    and orders.order_date = rates_of_days.order_date
        ) as orders_with_rates
    )
{%- endmacro %}
