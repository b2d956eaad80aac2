-- Web sessions: the events of a user and device (either may be null) with no gap of more than 1800 s, exact to the microsecond.
-- Spaces around values go, empty ones are null. Invalid events are left out, and the same six fields again are the same event.
create or replace temp macro text_or_null(value) as nullif(trim(value), '');

create or replace temp macro integer_or_null(value) as
    case when regexp_full_match(value, '[+-]?[0-9]+') then try_cast(value as bigint) end;

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

create or replace table main.web_sessions as
with valid_events as (
    select *
    from events
    where
        event_name is not null
        and event_at <= loaded_at + interval 1 day
        and (user_id > 0 or (user_text is null and device_id is not null))
),

unique_events as (
    select
        user_id,
        device_id,
        event_at,
        event_name,
        app_version,
        client,
        min(arrival) as arrival
    from valid_events
    group by all
),

events_in_order as (
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
