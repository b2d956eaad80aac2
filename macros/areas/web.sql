{#
    The expressions, comma-separated, that say whose session an event belongs to: setting('session_identity_columns'). An event
    without a user belongs to its device, so where the device is not an identity column anyway it stands in for the user.
#}
{% macro session_identity() -%}
    {%- set columns = setting('session_identity_columns') -%}
    {{ columns | join(', ') }}
    {%- if 'user_id' in columns and 'device_id' not in columns -%}
        , case when user_id is null then device_id end
    {%- endif -%}
{%- endmacro %}

{# The columns that it can need, comma-separated. #}
{% macro session_identity_columns() -%}
    user_id, device_id, client, app_version
{%- endmacro %}

{# Whether two rows, by their aliases, belong to the same identity; null equals null. Plain equalities, so that engines can hash. #}
{% macro is_same_session_identity(left, right) -%}
    {%- set columns = setting('session_identity_columns') -%}
    {%- for column in columns -%}
        coalesce(cast({{ left }}.{{ column }} as string), '') = coalesce(cast({{ right }}.{{ column }} as string), '')
        {{- ' and ' if not loop.last }}
    {%- endfor -%}
    {%- if 'user_id' in columns and 'device_id' not in columns %} and
        case when {{ left }}.user_id is null then {{ left }}.device_id else '' end
        = case when {{ right }}.user_id is null then {{ right }}.device_id else '' end
    {%- endif -%}
{%- endmacro %}

{#
    The id of a session: a hash of its identity and its first event's time. Two sessions of one identity cannot start at the
    same time, and neither batches nor order of arrival have a say. Each part carries its name, so that parts cannot run together.
#}
{% macro session_id(started_at) -%}
    {%- set parts = [] -%}
    {%- for column in setting('session_identity_columns') -%}
        {%- set text = user_id_to_hash(column) if column == 'user_id' else 'cast(' ~ column ~ ' as string)' -%}
        {%- do parts.append("coalesce('" ~ column ~ "=' || " ~ text ~ ", '')") -%}
    {%- endfor -%}
    {%- if 'user_id' in setting('session_identity_columns') and 'device_id' not in setting('session_identity_columns') -%}
        {%- do parts.append("case when user_id is null then 'device_id=' || device_id else '' end") -%}
    {%- endif -%}
    {%- do parts.append("cast(" ~ unix_microseconds(started_at) ~ " as string)") -%}
    {{ dbt.hash(parts | join(" || '|' || ")) }}
{%- endmacro %}

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

{#
    How many days the dates of two times can be apart that are no further apart than the timeout of a session. Where clocks change, a day may be shorter, and
    one has been skipped altogether.
#}
{% macro session_timeout_days() -%}
    {%- set longest_shift = 0 if setting('reporting_timezone') == 'UTC' else 86400 -%}
    {{ return(((setting('session_timeout_seconds') | int) + longest_shift) // 86400 + 1) }}
{%- endmacro %}
