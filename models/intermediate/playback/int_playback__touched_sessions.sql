{{ config(materialized='table', meta={'bookkeeping': true}) }}
{%- if not execute -%}
    {%- do ref('int_playback__heartbeat_arrival_days') -%}
{%- endif -%}
{%- set stored_streams = as_last_run_left('int_playback__watch_streams') %}

with

changed_heartbeats as (

    select distinct
        user_id,
        session_id,
        event_date,
        {{ date_in_reporting_timezone('start_at') }} as start_date
    from {{ ref('base_playback__heartbeats') }}
    where
        {{ changed_since_last_run('base_playback__heartbeats', day='event_date') }}
        and (rejection_reason is null or rejection_reason = 'exact_duplicate')

)

{%- if stored_streams %},

watermark as (

    select max(watermark_after_at) as watermark_at
    from {{ ref('int_playback__heartbeat_arrival_days') }}

),

stored_streams as (

    select
        user_id,
        session_id,
        stream_date,
        start_at,
        first_heartbeat_at,
        ended_at,
        is_open
    from {{ stored_streams }}

),

-- Those that something has arrived for, and those whose open stream has come to its end because time went on elsewhere.
touched_sessions as (

    select
        user_id,
        session_id
    from changed_heartbeats

    union distinct

    select
        stored_streams.user_id,
        stored_streams.session_id
    from stored_streams
    cross join watermark
    where
        (stored_streams.is_open and not {{ is_within_playback_timeout('stored_streams.ended_at', 'watermark.watermark_at') }})
        or stored_streams.stream_date in ({{ date_literals(rebuilt_days()) }})

),

streams_of_sessions as (

    select stored_streams.*
    from stored_streams
    inner join touched_sessions
        on stored_streams.user_id = touched_sessions.user_id and stored_streams.session_id = touched_sessions.session_id

)

select
    user_id,
    session_id,
    event_date
from changed_heartbeats

union distinct

-- A stream can begin on the day of its program's start, so it may be stored there, or will be.
select
    user_id,
    session_id,
    start_date as event_date
from changed_heartbeats

union distinct

select
    user_id,
    session_id,
    {{ date_in_reporting_timezone('start_at') }} as event_date
from streams_of_sessions

union distinct

select
    streams_of_sessions.user_id,
    streams_of_sessions.session_id,
    event_date -- noqa: RF02,RF03
from streams_of_sessions
cross join
    {{ each_date_between(
        date_in_reporting_timezone('streams_of_sessions.first_heartbeat_at'),
        date_in_reporting_timezone('streams_of_sessions.ended_at'),
        'event_date'
    ) }}
{% if rebuilt_days() %}
-- What is stored may be wrong on such a day; a stream of it goes on before or after midnight.
union distinct

select
    user_id,
    session_id,
    {{ date_plus_days('event_date', -1) }} as event_date
from changed_heartbeats

union distinct

select
    user_id,
    session_id,
    {{ date_plus_days('event_date', 1) }} as event_date
from changed_heartbeats
{% endif %}
{%- else %}

select
    user_id,
    session_id,
    event_date
from changed_heartbeats
where false
{%- endif %}
