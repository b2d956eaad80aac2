{{
    config(
        materialized='incremental',
        meta={
            'scope': 'int_activity__touched_activity_windows', 'day': 'window_date',
            'scope_columns': {'user_id': 'user_id', 'window_start_at': 'window_start_at', 'window_date': 'window_date'}
        },
        partition_by=partition_by_day('window_date'),
        cluster_by=['user_id']
    )
}}
{%- set windows = 'int_activity__touched_activity_windows' -%}
{%- set window_seconds = var('activity_window_seconds') | int -%}
{%- set tolerance = var('activity_join_tolerance_seconds') | int -%}
{%- set lateness = var('activity_watermark_delay_seconds') | int -%}
{%- set reach = {'seconds_before': tolerance, 'seconds_after': window_seconds + tolerance + lateness, 'rows': 'arrivals'} %}

with

{% if is_incremental() -%}
-- Partners are in the windows beside those that are written, for no tolerance is longer than a window.
windows_to_read as (

    {% for seconds in [-window_seconds, 0, window_seconds] -%}
    select
        user_id,
        {{ plus_seconds('window_start_at', seconds) }} as window_start_at
    from {{ ref(windows) }}
    {% if not loop.last %}
    union distinct

    {% endif %}
    {%- endfor %}

),

{% endif -%}
records as (

    select
        arrivals.is_order,
        arrivals.user_id,
        arrivals.order_amount,
        arrivals.window_start_at,
        {{ unix_microseconds('arrivals.occurred_at') }} as occurred_microseconds,
        {{ time_bucket('arrivals.occurred_at', tolerance) }} as time_bucket
    from {{ ref('int_activity__events_and_orders') }} as arrivals
    {% if is_incremental() -%}
    inner join windows_to_read
        on
            arrivals.user_id = windows_to_read.user_id
            and arrivals.window_start_at = windows_to_read.window_start_at
    {% endif -%}
    where
        not arrivals.is_late
        and (
            {{ arrived_for_windows(windows, 'int_activity__user_event_arrival_days', **reach) }}
            or {{ arrived_for_windows(windows, 'int_orders__order_arrival_days', **reach) }}
        )

),

orders as (

    select *
    from records
    where is_order

),

order_neighbourhoods as (

    {{ neighbourhoods('orders', tolerance) }}

),

matched_events as (

    select
        events.*,
        order_neighbourhoods.user_id is not null as is_near_an_order,
        {{ is_matched('events', 'order_neighbourhoods', tolerance) }} as is_matched
    from records as events
    left join order_neighbourhoods
        on
            events.user_id = order_neighbourhoods.user_id
            and events.time_bucket = order_neighbourhoods.time_bucket
    where not events.is_order

),

-- Orders are few, so most events are near none.
events_near_orders as (

    select *
    from matched_events
    where is_near_an_order

),

event_neighbourhoods as (

    {{ neighbourhoods('events_near_orders', tolerance) }}

),

matched as (

    select
        user_id,
        window_start_at,
        1 as event_count,
        0 as order_count,
        order_amount,
        is_matched
    from matched_events

    union all

    select
        orders.user_id,
        orders.window_start_at,
        0 as event_count,
        1 as order_count,
        orders.order_amount,
        {{ is_matched('orders', 'event_neighbourhoods', tolerance) }} as is_matched
    from orders
    left join event_neighbourhoods
        on
            orders.user_id = event_neighbourhoods.user_id
            and orders.time_bucket = event_neighbourhoods.time_bucket

)

select
    matched.user_id,
    matched.window_start_at,
    {{ plus_seconds('matched.window_start_at', window_seconds) }} as window_end_at,
    {{ date_in_reporting_timezone('matched.window_start_at') }} as window_date,
    cast(sum(matched.event_count) as int64) as total_events,
    cast(sum(matched.order_count) as int64) as total_orders,
    sum(matched.order_amount) as total_revenue,
    cast(sum(case when matched.is_matched then matched.event_count else 0 end) as int64) as matched_events,
    cast(sum(case when matched.is_matched then matched.order_count else 0 end) as int64) as matched_orders,
    sum(case when matched.is_matched then matched.order_amount else 0 end) as matched_revenue
from matched
where {{ is_touched(windows, {'user_id': 'matched.user_id', 'window_start_at': 'matched.window_start_at'}) }}
group by matched.user_id, matched.window_start_at
{{ stored_in_order_of('window_date') }}
