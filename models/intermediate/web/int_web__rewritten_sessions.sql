{{ config(materialized='table', meta={'bookkeeping': true}) }}

with

-- Sessions are written as a whole, so these are all of their events. When days are rebuilt: those of their sessions on that day.
rewritten_events as (

    select *
    from {{ ref('int_web__events_sessionized') }}
    where
        event_date >= date '0001-01-01'
        and {{ changed_since_last_run('int_web__events_sessionized', day='event_date') }}

)

select
    session_id,
    event_date
from rewritten_events

union distinct

-- Each of the events may have begun a session that is no more.
select
    {{ session_id('event_at') }} as session_id,
    event_date
from rewritten_events
{%- if rebuilt_days() %}

union distinct

-- A session over midnight is a whole too: its events on other days, of which the first says where it stands.
select
    events.session_id,
    events.event_date
from {{ ref('int_web__events_sessionized') }} as events
where
    events.event_date >= date '0001-01-01'
    and exists (
        select 1
        from rewritten_events
        where rewritten_events.session_id = events.session_id
    )
{%- endif %}
