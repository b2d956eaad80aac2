-- Watch streams that are over: the heartbeats of a user's session that stay with one program, with no gap of more than 60 s.
-- Invalid heartbeats are left out, and the same six fields again are the same heartbeat.
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
create or replace temp table heartbeat_files as
select
    loaded_at, source_file,
    row_number() over (order by loaded_at, source_file) * 4294967296 as first_arrival
from (select distinct loaded_at, source_file from read_parquet(getvariable('landing') || '/playback_heartbeats/*.parquet'));

-- No filter here: DuckDB would push it down and read each document again for every condition.
create or replace temp table heartbeats as
with documents as (
    select
        case
            when json_valid(payload)
                then json_transform(
                    payload,
                    '{"user_id": "VARCHAR", "program_id": "VARCHAR", "start_time": "VARCHAR", "session_id": "VARCHAR",
                      "device": "VARCHAR", "event_time": "VARCHAR"}'
                )
        end as fields,
        loaded_at,
        heartbeat_files.first_arrival + source_position as arrival
    from read_parquet(getvariable('landing') || '/playback_heartbeats/*.parquet')
    inner join heartbeat_files using (loaded_at, source_file)
),

cleaned_heartbeats as (
    select
        text_or_null(fields.user_id) as user_text,
        text_or_null(fields.session_id) as session_id,
        text_or_null(fields.program_id) as program_id,
        text_or_null(fields.device) as device,
        text_or_null(fields.start_time) as start_text, text_or_null(fields.event_time) as event_text,
        loaded_at,
        arrival
    from documents
),

parsed_heartbeats as (
    select
        * exclude (user_text, start_text, event_text),
        integer_or_null(user_text) as user_id,
        time_or_null(start_text) as start_at,
        time_or_null(event_text) as event_at
    from cleaned_heartbeats
)

select * from parsed_heartbeats;

create or replace table main.watch_streams as
with valid_heartbeats as (
    select *
    from heartbeats
    where
        user_id > 0
        and session_id is not null and program_id is not null and device is not null
        and start_at <= event_at
        and event_at <= loaded_at + interval 1 day
),

unique_heartbeats as (
    select
        user_id, session_id, program_id, device, start_at, event_at,
        min(arrival) as arrival
    from valid_heartbeats
    group by all
),

heartbeats_in_order as (
    select
        *,
        row_number() over by_time as heartbeat_number,
        lead(event_at) over by_time as next_event_at,
        coalesce(
            epoch_us(event_at) - epoch_us(lag(event_at) over by_time) > 60000000
            or program_id <> lag(program_id) over by_time
            or start_at <> lag(start_at) over by_time,
            true
        ) as is_start,
        coalesce(
            epoch_us(lead(event_at) over by_time) - epoch_us(event_at) > 60000000
            or program_id <> lead(program_id) over by_time
            or start_at <> lead(start_at) over by_time,
            true
        ) as is_end
    from unique_heartbeats
    window by_time as (partition by user_id, session_id order by event_at, arrival)
),

-- The first and the last heartbeat of a stream follow each other here; of a single one both are the same.
stream_bounds as (
    select
        *,
        if(is_end, event_at, lead(event_at) over by_number) as ended_at,
        if(is_end, next_event_at, lead(next_event_at) over by_number) as following_at,
        if(is_end, 1, lead(heartbeat_number) over by_number - heartbeat_number + 1) as heartbeat_count
    from heartbeats_in_order
    where is_start or is_end
    window by_number as (partition by user_id, session_id order by heartbeat_number)
),

-- Only the first stream of a program begins where the program began.
streams as (
    select
        *,
        row_number() over (partition by user_id, session_id, program_id, start_at order by heartbeat_number) > 1 as is_resumed,
        if(is_resumed, event_at, start_at) as began_at
    from stream_bounds
    where is_start
)

select
    md5(
        'user_id=' || user_id || '|session_id=' || session_id || '|program_id=' || program_id || '|device=' || device
        || '|start_at=' || epoch_us(start_at) || '|first_heartbeat_at=' || epoch_us(event_at)
    ) as stream_id,
    user_id,
    program_id,
    session_id,
    device,
    cast(began_at as date) as stream_date,
    start_at,
    began_at,
    ended_at,
    cast((epoch_us(ended_at) - epoch_us(began_at)) * 0.000001 as decimal(38, 9)) as stream_duration_seconds,
    heartbeat_count,
    is_resumed,
    if(epoch_us(following_at) - epoch_us(ended_at) <= 60000000, 'next_program', 'timeout') as ended_by
from streams
-- A stream is over when a heartbeat of the session follows it, or the newest of all is further away than the timeout.
where
    following_at is not null
    or epoch_us((select max(event_at) from valid_heartbeats)) - epoch_us(ended_at) > 60000000;
