-- Events, completed orders and revenue of each user and day, for the days with activity and the users who were active on them.
-- Revenue is in euros, by the exchange rate of the day of the order. Name, country and state are those at the end of the day; the first ones known also hold for all days before.
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

-- The value of the one part of a log line that begins with `name=`; null where there is none, or more than one.
create or replace temp macro log_field(parts, name) as
    case len(list_filter(parts[2:], lambda part: starts_with(part, name || '=')))
        when 1 then text_or_null(list_filter(parts[2:], lambda part: starts_with(part, name || '='))[1][len(name) + 2:])
    end;

-- Most lines are `date|user=...|event=...`, which one pattern reads. Only others are split into parts.
create or replace temp macro log_events(records) as table
    select
        try_cast(date_text as date) as event_date,
        integer_or_null(user_text) as user_id,
        event_name,
        date_text,
        parts,
        loaded_at,
        source_file,
        source_position
    from (
        select
            if(matched.user_text = '', string_split(trim(rtrim(log_line, chr(13) || chr(10))), '|'), null) as parts,
            if(matched.user_text = '', trim(parts[1]), matched.date_text) as date_text,
            if(matched.user_text = '', log_field(parts, 'user'), matched.user_text) as user_text,
            if(matched.user_text = '', log_field(parts, 'event'), matched.event_name) as event_name,
            loaded_at,
            source_file,
            source_position
        from (
            select
                *,
                regexp_extract(
                    log_line, '^(\d{4}-\d\d-\d\d)[|]user=(\d+)[|]event=([^| \r\n]+)$', ['date_text', 'user_text', 'event_name']
                ) as matched
            from query_table(records)
            where length(log_line) <= 65536 and strpos(log_line, chr(0)) = 0
        ) as matched_lines
    ) as lines;

create or replace temp view app_logs as from read_parquet(getvariable('landing') || '/app_logs/*.parquet');

-- A line that the same place of the same file delivers again is the same line. Only few places deliver twice.
create or replace temp table repeatedly_delivered as
with repeated_places as (
    select hash(source_file, source_position) as place
    from app_logs
    group by place
    having count(*) > 1
)

select *
from app_logs
where hash(source_file, source_position) in (from repeated_places);

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
    arg_max(cast(orders.ordered_at as date), orders.arrival) as order_date,
    arg_max_null(
        case
            when orders.order_status <> 'completed' then null
            when orders.currency = 'EUR' then orders.order_amount
            else coalesce(round(orders.order_amount * daily_rates.exchange_rate, 9), 0)
        end,
        orders.arrival
    ) as completed_amount
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

create or replace temp table events as
select
    event_date,
    user_id,
    event_name is not null and cast(event_date as varchar) = date_text and event_date >= date '0002-01-01' as is_good,
    loaded_at
from log_events(app_logs);

create or replace temp table daily_metrics as
with daily_counts as (
    select event_date as metric_date, user_id, count(*) as total_events, 0 as total_orders, 0 as total_revenue
    from events
    where user_id > 0 and is_good and event_date <= loaded_at + interval 1 day
    group by all

    union all by name

    select event_date as metric_date, user_id, -1 as total_events
    from log_events(repeatedly_delivered)
    where
        user_id > 0
        and event_name is not null
        and event_date <= loaded_at + interval 1 day
        and cast(event_date as varchar) = date_text
        and event_date >= date '0002-01-01'
    qualify
        row_number() over (
            partition by
                source_file, source_position, event_date, user_id, event_name,
                trim(array_to_string(
                    list_filter(parts[2:], lambda part: not starts_with(part, 'user=') and not starts_with(part, 'event=')), '|'
                ), '|')
            order by loaded_at
        ) > 1

    union all by name

    select
        order_date as metric_date,
        user_id,
        count(completed_amount) as total_orders,
        sum(completed_amount) as total_revenue
    from latest_orders
    group by all
)

select
    metric_date,
    user_id,
    cast(coalesce(sum(total_events), 0) as bigint) as total_events,
    cast(coalesce(sum(total_orders), 0) as bigint) as total_orders,
    cast(coalesce(sum(total_revenue), 0) as decimal(38, 9)) as total_revenue
from daily_counts
group by metric_date, user_id;

create or replace temp table name_records as
select
    integer_or_null(text_or_null(user_id)) as user_id,
    if(text_or_null(user_name) is null, null, {'user_name': text_or_null(user_name), 'country': text_or_null(country)}) as state,
    time_or_null(text_or_null(updated_at)) as updated_at,
    loaded_at,
    source_file,
    source_position
from read_parquet(getvariable('landing') || '/users/*.parquet')
where text_or_null(created_at) is null or time_or_null(text_or_null(created_at)) is not null;

create or replace temp table activity_records as
select
    integer_or_null(text_or_null(user_id)) as user_id,
    if(lower(text_or_null(is_active)) in ('true', 'false'), lower(text_or_null(is_active)), null) as state,
    time_or_null(text_or_null(updated_at)) as updated_at,
    loaded_at,
    source_file,
    source_position
from read_parquet(getvariable('landing') || '/active_users/*.parquet');

-- The last state of each day until the day of the next, and the first one before. At equal times the last arrival counts.
create or replace temp macro periods(records) as table
with valid_records as (
    select *
    from query_table(records)
    where user_id > 0 and state is not null and updated_at <= loaded_at + interval 1 day
),

days as (
    select user_id, state, date '0001-01-01' as from_date
    from valid_records
    qualify
        row_number() over (
            partition by user_id order by updated_at, loaded_at desc, source_file desc, source_position desc
        ) = 1

    union all

    select user_id, state, cast(updated_at as date) as from_date
    from valid_records
    qualify
        row_number() over (
            partition by user_id, cast(updated_at as date)
            order by updated_at desc, loaded_at desc, source_file desc, source_position desc
        ) = 1
)

select
    *,
    lead(from_date, 1, date '9999-12-31') over (partition by user_id order by from_date) as to_date
from days;

create or replace table main.daily_fact as
with active_names as (
    select
        names.user_id,
        names.state.user_name,
        names.state.country,
        greatest(names.from_date, activity.from_date) as from_date,
        least(names.to_date, activity.to_date) as to_date
    from periods(name_records) as names
    inner join periods(activity_records) as activity
        on names.user_id = activity.user_id and names.from_date < activity.to_date and activity.from_date < names.to_date
    where activity.state = 'true'
)

select
    days.metric_date,
    active_names.user_id,
    active_names.user_name,
    active_names.country,
    coalesce(daily_metrics.total_events, 0) as total_events,
    coalesce(daily_metrics.total_orders, 0) as total_orders,
    coalesce(daily_metrics.total_revenue, 0) as total_revenue
from active_names
inner join (select distinct metric_date from daily_metrics) as days
    on days.metric_date >= active_names.from_date and days.metric_date < active_names.to_date
left join daily_metrics
    on days.metric_date = daily_metrics.metric_date and active_names.user_id = daily_metrics.user_id;
