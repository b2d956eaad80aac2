{#
    The orders that may be different now, as a query: of each order that something has arrived for, every accepted record, since any of them may have
    been the order's latest one before, on another day or of another user; and the orders that have another value. Not one list but one rule: each model
    that asks has its own idea of what has arrived since.
#}
{% macro orders__scope() -%}
    select
        order_id,
        user_id,
        order_date
    from {{ ref('stg_shop__orders') }}
    where order_id in (
        select new_orders.order_id
        from {{ new_rows(ref('base_shop__orders'), day='order_date') }} as new_orders
        where new_orders.rejection_reason is null
    )

    union distinct

    select
        order_id,
        user_id,
        order_date
    from {{ revalued(ref('stg_shop__orders')) }} as revalued_orders
{%- endmacro %}

{#
    Of orders (with `currency` and `order_date`), those for whose day an exchange rate has arrived, as something to select from: a rate counts from its
    day to the day of the next rate of the currency.
#}
{% macro revalued(orders) -%}
    (
        select orders.*
        from {{ orders }} as orders
        inner join {{ ref('int_orders__exchange_rates') }} as rates
            on
                orders.currency = rates.currency
                and orders.order_date >= rates.rate_date
                and orders.order_date < rates.next_rate_date
        where
            rates.currency <> '{{ setting("reporting_currency") }}'
            and {{ is_among(
                new_rows(ref('base_shop__exchange_rates')) ~ ' as new_rates', {'currency': 'rates.currency', 'rate_date': 'rates.rate_date'}
            ) }}
    )
{%- endmacro %}
