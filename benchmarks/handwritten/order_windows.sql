-- Orders per window of 300 s, with amounts in euros by the exchange rate of the day of the order. The first arrival of an order counts, unless it is late: the greatest order time of all
-- records that arrived before it had passed the end of its window by 600 s. A window is
-- final once the greatest of all has passed its end by as much.
create or replace temp macro text_or_null(value) as nullif(trim(value), '');

create or replace temp macro integer_or_null(value) as
    case when regexp_full_match(value, '[+-]?[0-9]+') then try_cast(value as bigint) end;

-- A decimal that 18 digits cannot hold is beyond any price or amount that counts, but not a bad price.
create or replace temp macro decimal_or_null(value) as
    case
        when regexp_full_match(value, '[+-]?(\d+([.]\d{0,9}0*)?|[.]\d{1,9}0*)')
            then coalesce(try_cast(value as decimal(18, 9)), if(try_cast(value as decimal(38, 9)) > 0, 999999999, null))
    end;

-- The round trip tells the usual shape, and is cheaper than a pattern.
create or replace temp macro time_or_null(value) as
    case
        when value not between '0002' and '9999' then null
        when cast(try_cast(value as timestamp) as varchar) = value then try_cast(value as timestamp)
        when regexp_full_match(value, '\d{4}-\d\d-\d\d[ T]([01]\d|2[0-3]):[0-5]\d:[0-5]\d([.]\d{1,6})?Z?')
            then try_cast(value as timestamp)
        when regexp_full_match(value, '\d{4}-\d\d-\d\d[ T]([01]\d|2[0-3]):[0-5]\d:[0-5]\d([.]\d{1,6})?[+-](0\d|1[0-3]):[0-5]\d')
            then try_cast(value as timestamptz) at time zone 'UTC'
    end;

create or replace temp macro currency_or_null(value) as
    case when regexp_full_match(value, '[A-Za-z]{3}') then upper(value) end;

-- Files in their order of arrival: with the position in the file, one number says when a record arrived.
create or replace temp table order_files as
select
    loaded_at,
    source_file,
    row_number() over (order by loaded_at, source_file) * 4294967296 as first_arrival
from (select distinct loaded_at, source_file from read_parquet(getvariable('landing') || '/orders/*.parquet'));

-- No filter here: DuckDB would push it down and parse every value twice.
create or replace temp table orders as
with cleaned_orders as (
    select
        text_or_null(orders.order_id) as order_id,
        text_or_null(orders.customer_id) as customer_text,
        text_or_null(orders.quantity) as quantity_text,
        text_or_null(orders.unit_price) as unit_price_text,
        text_or_null(orders.amount) as amount_text,
        text_or_null(orders.currency) as currency_text,
        text_or_null(orders.status) as order_status,
        text_or_null(orders.ordered_at) as ordered_text,
        orders.loaded_at,
        order_files.first_arrival + orders.source_position as arrival
    from read_parquet(getvariable('landing') || '/orders/*.parquet') as orders
    inner join order_files using (loaded_at, source_file)
),

parsed_orders as (
    select
        order_id,
        integer_or_null(customer_text) as user_id,
        decimal_or_null(amount_text) as order_amount,
        quantity_text is null or integer_or_null(quantity_text) >= 0 as is_quantity_good,
        unit_price_text is null or decimal_or_null(unit_price_text) >= 0 as is_unit_price_good,
        if(currency_text is null, 'EUR', currency_or_null(currency_text)) as currency,
        order_status,
        time_or_null(ordered_text) as ordered_at,
        loaded_at,
        arrival
    from cleaned_orders
)

select * from parsed_orders;

-- What one unit of a currency is worth in euros from a day on. The last record of a currency and day counts.
create or replace temp table rates as
with parsed_rates as (
    select
        try_cast(text_or_null(rate_date) as date) as rate_date,
        cast(try_cast(text_or_null(rate_date) as date) as varchar) = text_or_null(rate_date) as is_date_good,
        currency_or_null(text_or_null(currency)) as currency,
        decimal_or_null(text_or_null(rate)) as exchange_rate,
        loaded_at,
        source_file,
        source_position
    from read_parquet(getvariable('landing') || '/exchange_rates/*.parquet')
)

select
    currency,
    rate_date,
    exchange_rate
from parsed_rates
where is_date_good and rate_date >= date '0001-01-01' and currency <> 'EUR' and exchange_rate > 0 and exchange_rate <= 1000000
qualify
    row_number() over (
        partition by currency, rate_date order by loaded_at desc, source_file desc, source_position desc
    ) = 1;

-- The rate of a day is the last one until then. There are few days and currencies, so that orders need no sorting.
create or replace temp table daily_rates as
select
    days.currency,
    days.order_date,
    rates.exchange_rate
from (
    select distinct
        currency,
        cast(ordered_at as date) as order_date
    from orders
    where currency <> 'EUR'
) as days
asof inner join rates
    on days.currency = rates.currency and days.order_date >= rates.rate_date;

create or replace table main.order_windows as
with valid_orders as (
    select
        orders.order_id,
        orders.user_id,
        orders.ordered_at,
        orders.arrival,
        if(
            orders.currency = 'EUR', orders.order_amount, round(orders.order_amount * daily_rates.exchange_rate, 9)
        ) as ordered_amount,
        -- since 1970; rounded down, also before
        cast(floor(epoch_us(orders.ordered_at) / 300000000) as bigint) as window_number
    from orders
    left join daily_rates
        on orders.currency = daily_rates.currency and cast(orders.ordered_at as date) = daily_rates.order_date
    where
        orders.order_id is not null
        and orders.user_id > 0
        and orders.order_amount between 0 and 1000000
        and orders.is_quantity_good
        and orders.is_unit_price_good
        and orders.currency is not null
        and orders.order_status is not null
        and orders.ordered_at <= orders.loaded_at + interval 1 day
),

first_orders as (
    select
        arg_min(user_id, arrival) as user_id,
        arg_min_null(ordered_amount, arrival) as ordered_amount,
        arg_min(window_number, arrival) as window_number,
        min(arrival) as arrival
    from valid_orders
    group by order_id
),

-- The arrival that closes a window is the first one of an order three or more windows later: no sort of all orders.
closing_arrivals as (
    select
        window_number - 3 as window_number,
        min(min(arrival)) over (order by window_number desc) as arrival
    from valid_orders
    group by window_number
),

accepted_orders as (
    select first_orders.*
    from first_orders
    asof left join closing_arrivals
        on first_orders.window_number <= closing_arrivals.window_number
    where closing_arrivals.arrival is null or first_orders.arrival < closing_arrivals.arrival
),

windows as (
    select
        make_timestamp(window_number * 300000000) as window_start_at,
        count(*) as order_count,
        cast(coalesce(sum(ordered_amount), 0) as decimal(38, 9)) as ordered_amount,
        count(ordered_amount) as valued_order_count,
        count(distinct user_id) as customer_count
    from accepted_orders
    group by window_number
)

select
    window_start_at,
    window_start_at + interval 5 minutes as window_end_at,
    cast(window_start_at as date) as window_date,
    order_count,
    ordered_amount,
    if(
        valued_order_count = 0,
        null,
        cast(
            cast(floor(ordered_amount * 1000000) as bigint) // valued_order_count * cast(0.000001 as decimal(18, 6))
            as decimal(38, 9)
        )
    ) as average_ordered_amount,
    valued_order_count,
    customer_count,
    window_start_at <= (select max(ordered_at) from valid_orders) - interval 15 minutes as is_final
from windows;
