{#
    The orders whose session may be another now, as a query: those that may be different themselves, and those of users with a web event in a session that
    has changed, on the day of the event or as many days later as the timeout of a session reaches.
#}
{% macro session_orders__scope() -%}
    {%- set new_days = new_rows(ref('int_web__session_days'), day='event_date') -%}
    {%- set days = dates_in('select distinct event_date from ' ~ new_days) -%}
    {% call worked_out_once('session_orders') -%}
    {{ orders__scope() }}

    union distinct

    select
        orders.order_id,
        orders.user_id,
        orders.order_date
    from {{ ref('int_orders__orders_latest') }} as orders
    inner join (
        {{ days_reached_by('(' ~ events_in_sessions(new_days, days='event_date in (' ~ days ~ ')') ~ ') as new_events', 'event_date') }}
    ) as reached_days
        on
            orders.user_id = reached_days.user_id
            and orders.order_date = reached_days.reached_date
    where orders.order_date in ({{ dates_in('select distinct event_date from ' ~ new_days, margin=session_timeout_days()) }})
    {%- endcall %}
{%- endmacro %}

{#
    The sessions that an order may have come to or left, and the days they have events on, as a query: those with an event of the user near an order whose
    session may be another now.
#}
{% macro sessions_near_orders__scope() -%}
    {%- set days = dates_in(
        'select distinct order_date from (' ~ session_orders__scope() ~ ') as changed_orders', margin=session_timeout_days()
    ) %}
    select
        sessions.session_id,
        session_date
    from (
        select distinct
            events.session_id,
            events.session_started_at,
            events.session_ended_at
        from ({{ events_in_sessions(ref('int_web__session_days'), days='event_date in (' ~ days ~ ')') }}) as events
        inner join (
            {{ days_reached_by('(' ~ session_orders__scope() ~ ') as changed_orders', 'order_date', backwards=true) }}
        ) as order_days
            on
                events.user_id = order_days.user_id
                and events.event_date = order_days.reached_date
    ) as sessions
    cross join {{ each_date_of('sessions.session_started_at', 'sessions.session_ended_at', 'session_date') }}
{%- endmacro %}

{#
    The users of some rows and the days that the timeout of a session reaches from a day of theirs, as a query of `user_id`, `reached_date`: the day itself
    and those after it, or with `backwards` those before it.
#}
{% macro days_reached_by(rows, day, backwards=false) -%}
    {%- for days in range(session_timeout_days() + 1) %}
    select distinct
        user_id,
        {{ date_plus_days(day, -days if backwards else days) }} as reached_date
    from {{ rows }}
    where user_id is not null
    {%- if not loop.last %}

    union distinct
    {% endif %}
    {%- endfor %}
{%- endmacro %}

{# A predicate: a date is one of the days of the scope, in its column `day`, or no further from one than the timeout of a session reaches. #}
{% macro is_near_scope_days(date, day) -%}
    {%- if is_incremental() -%}
        {{ date }} in ({{ dates_in('select distinct ' ~ day ~ ' from ' ~ scope_table(), margin=session_timeout_days()) }})
    {%- else -%}
        {{ date }} >= date '0001-01-01'
    {%- endif -%}
{%- endmacro %}
