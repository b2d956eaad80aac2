{{ config(materialized='table', meta={'bookkeeping': true}) }}
{%- set tolerance = var('activity_join_tolerance_seconds') | int -%}
{%- set window_seconds = var('activity_window_seconds') -%}
{%- set streams = {
    'int_activity__user_events_decided': 'event_at',
    'int_orders__orders_decided': 'ordered_at',
} %}

with

-- A record changes its own window, and those where its partners may be.
windows as (

    {% for stream, occurred_at in streams.items() -%}
    {%- set window_date = date_in_reporting_timezone(tumbling_window_start(occurred_at, window_seconds)) -%}
    {%- set outer_loop = loop -%}
    {%- for seconds in [-tolerance, 0, tolerance] -%}
    select
        user_id,
        {{ tumbling_window_start(plus_seconds(occurred_at, seconds), window_seconds) }} as window_start_at
    from {{ ref(stream) }}
    where {{ changed_since_last_run(stream, day=window_date) }}
    {% if not (loop.last and outer_loop.last) %}
    union all

    {% endif %}
    {%- endfor %}
    {%- endfor %}

)

select distinct
    user_id,
    window_start_at,
    {{ date_in_reporting_timezone('window_start_at') }} as window_date
from windows
