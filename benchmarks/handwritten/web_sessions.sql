-- Web sessions: the events of a user and device (either may be null) with no gap of more than 1800 s, exact to the microsecond.
-- Spaces around values go, empty ones are null. Invalid events are left out, and the same six fields again are the same event.
-- An order belongs to the session of its user's last event, if that was no more than 1800 s before. Its amount counts in euros, by the
-- exchange rate of its day.
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
create or replace temp table event_files as
select
    loaded_at,
    source_file,
    row_number() over (order by loaded_at, source_file) * 4294967296 as first_arrival
from (select distinct loaded_at, source_file from read_parquet(getvariable('landing') || '/web_events/*.parquet'));

-- No filter here: DuckDB would push it down and parse every value twice.
create or replace temp table events as
with cleaned_events as (
    select
        text_or_null(event_name) as event_name,
        text_or_null(user_id) as user_text,
        text_or_null(device_id) as device_id,
        text_or_null(app_version) as app_version,
        text_or_null(client) as client,
        text_or_null(event_time) as event_text,
        loaded_at,
        event_files.first_arrival + source_position as arrival
    from read_parquet(getvariable('landing') || '/web_events/*.parquet')
    inner join event_files using (loaded_at, source_file)
),

parsed_events as (
    select
        * exclude (event_text),
        integer_or_null(user_text) as user_id,
        time_or_null(event_text) as event_at
    from cleaned_events
)

select * from parsed_events;

create or replace temp table unique_events as
with valid_events as (
    select *
    from events
    where
        event_name is not null
        and event_at <= loaded_at + interval 1 day
        and (user_id > 0 or (user_text is null and device_id is not null))
)

select
    user_id,
    device_id,
    event_at,
    event_name,
    app_version,
    client,
    min(arrival) as arrival
from valid_events
group by all;

create or replace temp table sessions as
with events_in_order as (
    select
        *,
        row_number() over by_time as event_number,
        coalesce(event_at - lag(event_at) over by_time > interval 1800 seconds, true) as is_start,
        coalesce(lead(event_at) over by_time - event_at > interval 1800 seconds, true) as is_end
    from unique_events
    window by_time as (partition by user_id, device_id order by event_at, arrival)
),

-- The first and the last event of a session follow each other here; of a single one both are the same.
session_bounds as (
    select
        *,
        if(is_end, event_at, lead(event_at) over by_number) as ended_at,
        if(is_end, 1, lead(event_number) over by_number - event_number + 1) as event_count
    from events_in_order
    where is_start or is_end
    window by_number as (partition by user_id, device_id order by event_number)
)

select
    md5(
        coalesce('user_id=' || user_id, '') || '|' || coalesce('device_id=' || device_id, '') || '|' || epoch_us(event_at)
    ) as session_id,
    user_id,
    device_id,
    cast(event_at as date) as session_date,
    event_at as session_started_at,
    ended_at as session_ended_at,
    cast((epoch_us(ended_at) - epoch_us(event_at)) * 0.000001 as decimal(38, 9)) as session_duration_seconds,
    event_count,
    event_name as entry_event_name,
    app_version,
    client
from session_bounds
where is_start;

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

create or replace temp table latest_orders as
select
    arg_max(orders.user_id, orders.arrival) as user_id,
    arg_max(orders.ordered_at, orders.arrival) as ordered_at,
    arg_max_null(
        if(orders.currency = 'EUR', orders.order_amount, round(orders.order_amount * daily_rates.exchange_rate, 9)), orders.arrival
    ) as ordered_amount
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
group by orders.order_id;

-- At each time of a user, the device of the last event to arrive. Only users with an order need that.
create or replace temp table last_devices as
select
    user_id,
    event_at,
    coalesce(arg_max_null(device_id, arrival), '') as device_id
from unique_events
where user_id in (select user_id from latest_orders)
group by user_id, event_at;

create or replace temp table session_orders as
with orders_of_devices as (
    select
        latest_orders.user_id,
        last_devices.device_id,
        last_devices.event_at,
        latest_orders.ordered_amount
    from latest_orders
    asof inner join last_devices
        on latest_orders.user_id = last_devices.user_id and latest_orders.ordered_at >= last_devices.event_at
    where latest_orders.ordered_at <= last_devices.event_at + interval 1800 seconds
)

select
    sessions.session_id,
    count(*) as order_count,
    coalesce(sum(orders_of_devices.ordered_amount), 0) as ordered_amount
from orders_of_devices
asof inner join sessions
    on
        orders_of_devices.user_id = sessions.user_id
        and orders_of_devices.device_id = coalesce(sessions.device_id, '')
        and orders_of_devices.event_at >= sessions.session_started_at
group by sessions.session_id;

create or replace table main.web_sessions as
select
    sessions.*,
    coalesce(session_orders.order_count, 0) as order_count,
    coalesce(session_orders.ordered_amount, 0) as ordered_amount,
    session_orders.session_id is not null as is_converted
from sessions
left join session_orders using (session_id);
