{{
    config(
        materialized='incremental',
        meta={
            'is_change_feed': true,
            'scope': 'int_web__touched_sessions', 'scope_columns': {'session_id': 'session_id', 'event_date': 'event_date'}, 'day': 'event_date'
        },
        partition_by=partition_by_day('event_date'),
        require_partition_filter=true,
        cluster_by=['change_number', 'user_id', 'device_id']
    )
}}
{%- if not execute -%}
    {%- do [ref('base_web__events'), ref('int_web__touched_sessions')] -%}
{%- endif -%}
{%- set columns = [
    'user_id', 'device_id', 'event_name', 'app_version', 'client', 'event_at', 'event_date', 'loaded_at', 'source_file', 'source_position'
] | join(', ') %}

with

{% if is_incremental() -%}
changed_events as (

    select *
    from {{ ref('base_web__events') }}
    where {{ changed_since_last_run('base_web__events', day='event_date') }}

),

-- What has arrived, and all other events of the sessions it can be part of.
events as (

    select {{ columns }}
    from changed_events
    where rejection_reason is null

    union all

    select {{ columns }}
    from {{ this }} as stored_events
    where
            {{ is_touched(
                'int_web__touched_sessions', {'session_id': 'stored_events.session_id', 'event_date': 'stored_events.event_date'}, day='event_date'
            ) }}
        and stored_events.event_date not in ({{ date_literals(rebuilt_days()) }})
        and not exists (
            select 1
            from changed_events
            where
                changed_events.loaded_at = stored_events.loaded_at
                and changed_events.source_file = stored_events.source_file
                and changed_events.source_position = stored_events.source_position
        )

),

{% else -%}
events as (

    select {{ columns }}
    from {{ ref('stg_web__events') }}

),

{% endif -%}
-- Ties in time keep the order of arrival.
in_order as (

    select
        *,
        lag(event_at) over by_time as previous_event_at,
        lag(event_date) over by_time as previous_event_date,
        lead(event_at) over by_time as next_event_at
    from events
    window by_time as (partition by {{ session_identity() }} order by event_at, loaded_at, source_file, source_position)

),

-- Whole microseconds, because engines differ in how they count seconds between times. A gap of exactly the timeout continues.
flagged as (

    select
        *,
        previous_event_at is null
        or {{ unix_microseconds('event_at') }} - {{ unix_microseconds('previous_event_at') }}
        > {{ microseconds(var('session_timeout_seconds')) }} as is_session_start,
        next_event_at is null
        or {{ unix_microseconds('next_event_at') }} - {{ unix_microseconds('event_at') }}
        > {{ microseconds(var('session_timeout_seconds')) }} as is_session_end
    from in_order

),

-- Starts and ends grow with time: the newest start so far and the next end are those of the session an event is in. Events at the
-- same time are in the same session, so `range` needs no order among them.
bounded as (

    select
        *,
        max(case when is_session_start then event_at end) over (
            partition by {{ session_identity() }}
            order by event_at
            range between unbounded preceding and current row
        ) as session_started_at,
        min(case when is_session_end then event_at end) over (
            partition by {{ session_identity() }}
            order by event_at
            range between current row and unbounded following
        ) as session_ended_at
    from flagged

)

select
    {{ session_id('session_started_at') }} as session_id,
    session_started_at,
    session_ended_at,
    is_session_start,
    is_session_start or event_date <> previous_event_date as is_first_of_session_on_date,
    user_id,
    device_id,
    event_name,
    app_version,
    client,
    event_at,
    event_date,
    {{ next_change_number() }} as change_number,
    loaded_at,
    source_file,
    source_position
from bounded
{{ stored_in_order_of('event_date') }}
