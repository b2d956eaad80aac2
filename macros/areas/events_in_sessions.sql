{#
    Single events with the session that each is in, as a query: every accepted event within a row of `session_days`. Sessions of one identity do not overlap,
    so an event is in one of them at most. `days` is a predicate on `event_date`, by which both tables find their partitions; `events` one on events.
#}
{% macro events_in_sessions(session_days, days="event_date >= date '0001-01-01'", events='true') -%}
    select
        session_days.session_id,
        session_days.session_started_at,
        session_days.session_ended_at,
        events.user_id,
        events.device_id,
        events.event_name,
        events.app_version,
        events.client,
        events.event_at,
        events.event_date,
        events.loaded_at,
        events.source_file,
        events.source_position
    from (
        select *
        from {{ ref('base_web__events') }}
        where
            rejection_reason is null
            and {{ days }}
            and {{ events }}
    ) as events
    inner join (select * from {{ session_days }} where {{ days }}) as session_days
        on
            events.event_date = session_days.event_date
            and {{ is_same_session_identity('events', 'session_days') }}
            and events.event_at >= session_days.first_event_at
            and events.event_at <= session_days.last_event_at
{%- endmacro %}
