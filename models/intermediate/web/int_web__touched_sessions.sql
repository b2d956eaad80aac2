{{ config(materialized='table', meta={'bookkeeping': true}) }}
{%- set stored_events = as_last_run_left('int_web__events_sessionized') -%}
{%- set changed_events -%}
{{ changed_since_last_run('base_web__events', day='event_date') }}
    and (rejection_reason is null or rejection_reason = 'exact_duplicate')
{%- endset -%}
{%- set timeout_seconds = var('session_timeout_seconds') | int -%}
{%- set days_a_timeout_can_span = timeout_seconds // 86400 + 1 %}

with

changed_events as (

    select
        {{ session_identity_columns() }},
        event_at,
        event_date
    from {{ ref('base_web__events') }}
    where {{ changed_events }}

),

{% if stored_events -%}
-- Where a stored event could be near a changed one at all.
places_to_look as (

    {% for days in range(-days_a_timeout_can_span, days_a_timeout_can_span + 1) -%}
    select
        {{ session_identity_columns() }},
        {{ date_plus_days('event_date', days) }} as event_date
    from changed_events
    {% if not loop.last %}
    union distinct

    {% endif %}
    {%- endfor %}

),

timeline as (

    select
        {{ session_identity_columns() }},
        event_at,
        cast(null as timestamp) as changed_at,
        session_id,
        session_started_at,
        session_ended_at
    from {{ stored_events }} as stored_events
    where
        event_date in ({{ dates_in(
                'select distinct event_date from ' ~ ref('base_web__events') ~ ' where ' ~ changed_events, days_a_timeout_can_span
            ) }})
        and exists (
            select 1
            from places_to_look
            where
                {{ is_same_session_identity('places_to_look', 'stored_events') }}
                and places_to_look.event_date = stored_events.event_date
        )

    union all

    select
        {{ session_identity_columns() }},
        event_at,
        event_at as changed_at,
        cast(null as string) as session_id,
        cast(null as timestamp) as session_started_at,
        cast(null as timestamp) as session_ended_at
    from changed_events

),

-- `range`, so that of events at the same time each sees the others.
neighbours as (

    select
        session_id,
        session_started_at,
        session_ended_at,
        event_at,
        max(changed_at) over (
            partition by {{ session_identity() }}
            order by event_at
            range between unbounded preceding and current row
        ) as changed_before_at,
        min(changed_at) over (
            partition by {{ session_identity() }}
            order by event_at
            range between current row and unbounded following
        ) as changed_after_at
    from timeline

),

-- A session that a changed event can be part of has an event within the timeout of it.
sessions as (

    select distinct
        session_id,
        session_started_at,
        session_ended_at
    from neighbours
    where
        session_id is not null
        and (
            {{ unix_microseconds('event_at') }} - {{ unix_microseconds('changed_before_at') }} <= {{ timeout_seconds * 1000000 }}
            or {{ unix_microseconds('changed_after_at') }} - {{ unix_microseconds('event_at') }}
            <= {{ timeout_seconds * 1000000 }}
        )

)

select
    sessions.session_id,
    event_date -- noqa: RF02,RF03
from sessions
cross join
    {{ each_date_between(
        date_in_reporting_timezone('sessions.session_started_at'), date_in_reporting_timezone('sessions.session_ended_at'), 'event_date'
    ) }}
{%- else -%}
no_sessions as (

    select
        cast(null as string) as session_id,
        event_date
    from changed_events
    where false

)

select *
from no_sessions
{%- endif %}
