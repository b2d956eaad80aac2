{#
    The orders that may be different now, as a query: of each order that something has arrived for, or that may have another value, every accepted record,
    since any of them may be the order's latest one, or have been, on another day or of another user.
#}
{% macro orders__scope() -%}
    {% call worked_out_once('changed_orders') -%}
    select
        order_id,
        user_id,
        order_date
    from {{ ref('stg_shop__orders') }}
    where order_id in (
        select new_orders.order_id
        from {{ new_rows(ref('base_shop__orders'), day='order_date') }} as new_orders
        where new_orders.rejection_reason is null

        union distinct

        select revalued_orders.order_id
        from {{ revalued(ref('stg_shop__orders')) }} as revalued_orders
    )
    {%- endcall %}
{%- endmacro %}

{#
    Of orders (with `currency` and `order_date`), those for whose day an exchange rate has arrived, as something to select from: a rate counts from its
    day to the day of the next rate of the currency. Of a table that is divided by day of arrival, `loaded_date`, only the days are read on which such an
    order can have arrived.
#}
{% macro revalued(orders, is_by_arrival=false) -%}
    {%- set first_date = first_date_of_new_rates() -%}
    {%- set most_days_ahead = (setting('maximum_seconds_ahead_of_arrival') | int) // 86400 + 2 -%}
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
            and orders.order_date >= {{ first_date }}
            {%- if is_by_arrival %}
            and orders.loaded_date >= {{ date_plus_days(first_date, -most_days_ahead) }}
            {%- endif %}
            and {{ is_among(
                new_rows(ref('base_shop__exchange_rates')) ~ ' as new_rates', {'currency': 'rates.currency', 'rate_date': 'rates.rate_date'}
            ) }}
    )
{%- endmacro %}

{#
    The first day that a new exchange rate is for, as a SQL literal; the last of the calendar where there is none. Models that have the same to work off ask
    once in a run.
#}
{% macro first_date_of_new_rates() -%}
    {%- set new_rates = new_rows(ref('base_shop__exchange_rates')) -%}
    {%- if not execute or is_for_checksum() or not is_incremental() -%}
        {{ return("date '0001-01-01'") }}
    {%- endif -%}
    {%- set known = known_in_this_run('first dates of new rates') -%}
    {%- if new_rates not in known -%}
        {%- set query = 'select min(rate_date) from ' ~ new_rates ~ ' as new_rates where rejection_reason is null' -%}
        {%- do known.update({new_rates: run_query(query).columns[0].values()[0] or '9999-12-31'}) -%}
    {%- endif -%}
    {{ return("date '" ~ known[new_rates] ~ "'") }}
{%- endmacro %}
