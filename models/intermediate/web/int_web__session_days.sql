{{
    config(
        materialized='incremental',
        unique_key=['session_id', 'event_date'],
        meta={'day': 'event_date', 'stored_in_order_of': 'event_date, first_event_at'},
        partition_by=partition_by_day('event_date'),
        require_partition_filter=true,
        cluster_by=['change_number', 'user_id', 'device_id']
    )
}}
{%- set columns = [
    'user_id', 'device_id', 'event_name', 'app_version', 'client', 'event_at', 'event_date', 'loaded_at', 'source_file', 'source_position'
] | join(', ') -%}
{%- set timeout = setting('session_timeout_seconds') | int %}

-- A new event takes apart every stored session of its identity that it is no further away from than the timeout.
{% call scope() %}
    with

    changed_events as (

        select *
        from {{ new_rows(ref('base_web__events'), day='event_date') }} as new_events
        where rejection_reason is null

    ),

    timeline as (

        select
            session_id,
            session_started_at,
            session_ended_at,
            {{ plus_seconds('session_ended_at', timeout) }} as reached_at,
            cast(null as timestamp) as changed_at,
            {{ session_identity_columns() }}
        from {{ this }} as stored_sessions
        where
            event_date in ({{ dates_in(
                'select distinct event_date from ' ~ new_rows(ref('base_web__events'), day='event_date'), margin=session_timeout_days()
            ) }})
            and exists (
                select 1
                from changed_events
                where {{ is_same_session_identity('changed_events', 'stored_sessions') }}
            )
        -- One row a session, though it may have several days here.
        qualify row_number() over (partition by session_id order by event_date) = 1

        union all

        select
            cast(null as string) as session_id,
            cast(null as timestamp) as session_started_at,
            cast(null as timestamp) as session_ended_at,
            event_at as reached_at,
            event_at as changed_at,
            {{ session_identity_columns() }}
        from changed_events

    ),

    -- The last change that a session reaches is within the timeout of it, or none is.
    sessions as (

        select
            session_id,
            session_started_at,
            session_ended_at,
            max(changed_at) over (
                partition by {{ session_identity() }}
                order by reached_at
                range between unbounded preceding and current row
            ) as last_changed_at
        from timeline

    )

    select
        sessions.session_id,
        event_date -- noqa: RF02,RF03
    from sessions
    cross join {{ each_date_of('sessions.session_started_at', 'sessions.session_ended_at', 'event_date') }}
    where
        sessions.session_id is not null
        and sessions.last_changed_at >= {{ plus_seconds('sessions.session_started_at', -timeout) }}
{% endcall %}

with

{% if is_incremental() -%}
-- What has arrived, and all other events of the sessions it can be part of.
events as (

    select {{ columns }}
    from {{ new_rows(ref('base_web__events'), day='event_date') }}
    where rejection_reason is null

    union all

    select {{ columns }}
    from (
        {{ events_in_sessions(
            in_scope(this), days='event_date in (' ~ scope_days('event_date') ~ ')',
            events='not (' ~ is_new(ref('base_web__events'), day='event_date') ~ ')'
        ) }}
    ) as stored_events

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
        row_number() over by_time as event_number,
        lag(event_at) over by_time as previous_event_at,
        lag(event_date) over by_time as previous_event_date,
        lead(event_at) over by_time as next_event_at,
        lead(event_date) over by_time as next_event_date
    from events
    window by_time as (partition by {{ session_identity() }} order by event_at, loaded_at, source_file, source_position)

),

-- Whole microseconds, because engines differ in how they count seconds between times. A gap of exactly the timeout continues.
flagged as (

    select
        *,
        previous_event_at is null
        or {{ unix_microseconds('event_at') }} - {{ unix_microseconds('previous_event_at') }} > {{ microseconds(timeout) }}
            as is_session_start,
        next_event_at is null
        or {{ unix_microseconds('next_event_at') }} - {{ unix_microseconds('event_at') }} > {{ microseconds(timeout) }}
            as is_session_end
    from in_order

),

-- The first and the last event of a session on a day are all that its bounds and its number of events need.
ends_of_days as (

    select
        *,
        is_session_start or event_date <> previous_event_date as is_first_on_date,
        is_session_end or event_date <> next_event_date as is_last_on_date
    from flagged
    where
        is_session_start
        or is_session_end
        or event_date <> previous_event_date
        or event_date <> next_event_date

),

-- Starts and ends grow with time: the newest start so far and the next end are those of the session.
session_days as (

    select
        *,
        case when is_last_on_date then event_at else lead(event_at) over by_number end as last_event_at,
        case when is_last_on_date then event_number else lead(event_number) over by_number end as last_event_number,
        max(case when is_session_start then event_at end) over (
            partition by {{ session_identity() }}
            order by event_number
            rows between unbounded preceding and current row
        ) as session_started_at,
        min(case when is_session_end then event_at end) over (
            partition by {{ session_identity() }}
            order by event_number
            rows between current row and unbounded following
        ) as session_ended_at
    from ends_of_days
    window by_number as (partition by {{ session_identity() }} order by event_number)

)

select
    {{ session_id('session_started_at') }} as session_id,
    event_date,
    session_started_at,
    session_ended_at,
    is_session_start,
    event_at as first_event_at,
    last_event_at,
    last_event_number - event_number + 1 as event_count,
    user_id,
    device_id,
    event_name,
    app_version,
    client,
    {{ change_number() }} as change_number
from session_days
where is_first_on_date
