{{
    config(
        materialized='incremental',
        unique_key=['user_id', 'window_start_at', 'window_date'],
        meta={'day': 'window_date'},
        partition_by=partition_by_day('window_date'),
        cluster_by=['user_id']
    )
}}
{%- set window_seconds = setting('activity_window_seconds') | int -%}
{%- set tolerance = setting('activity_join_tolerance_seconds') | int -%}
{%- set lateness = setting('activity_watermark_delay_seconds') | int -%}
{%- set reach = {'seconds_before': tolerance, 'seconds_after': window_seconds + tolerance + lateness, 'rows': 'arrivals'} %}

-- A record changes its own window, and those where its partners may be.
{% call scope() %}
    select distinct
        user_id,
        window_start_at,
        {{ date_in_reporting_timezone('window_start_at') }} as window_date
    from (
        select
            new_records.user_id,
            {{ tumbling_window_start(
                timestamp_of_microseconds('new_records.occurred_microseconds + distances.distance'), window_seconds
            ) }} as window_start_at
        from (
            select
                user_id,
                {{ unix_microseconds('event_at') }} as occurred_microseconds
            from {{ new_rows(ref('int_activity__user_events_decided'), day=date_in_reporting_timezone(tumbling_window_start('event_at', window_seconds))) }}

            union all

            select
                user_id,
                {{ unix_microseconds('ordered_at') }} as occurred_microseconds
            from {{ new_rows(ref('int_orders__orders_decided'), day=date_in_reporting_timezone(tumbling_window_start('ordered_at', window_seconds))) }}

            union all

            select
                user_id,
                {{ unix_microseconds('ordered_at') }} as occurred_microseconds
            from {{ revalued(ref('int_orders__orders_decided'), is_by_arrival=true) }} as revalued_orders
        ) as new_records
        cross join {{ neighbouring_buckets(tolerance) }} as distances
    ) as changed_windows
{% endcall %}

with

{% if is_incremental() -%}
-- Partners are in the windows beside those that are written, for no tolerance is longer than a window.
windows_to_read as (

    {% for seconds in [-window_seconds, 0, window_seconds] -%}
    select
        user_id,
        {{ plus_seconds('window_start_at', seconds) }} as window_start_at
    from {{ scope_table() }}
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
        arrivals.currency,
        arrivals.order_date,
        arrivals.window_start_at,
        {{ date_in_reporting_timezone('arrivals.window_start_at') }} as window_date,
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
            {{ arrived_for_windows('int_activity__user_event_arrival_days', **reach) }}
            or {{ arrived_for_windows('int_orders__order_arrival_days', **reach) }}
        )

),

order_records as (

    select *
    from records
    where is_order

),

orders as (

    select *
    from {{ in_reporting_currency('order_records') }}

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
        window_date,
        1 as event_count,
        0 as order_count,
        cast(0 as numeric(38, 9)) as ordered_amount,
        is_matched
    from matched_events

    union all

    select
        orders.user_id,
        orders.window_start_at,
        orders.window_date,
        0 as event_count,
        1 as order_count,
        coalesce(orders.ordered_amount, 0) as ordered_amount,
        {{ is_matched('orders', 'event_neighbourhoods', tolerance) }} as is_matched
    from orders
    left join event_neighbourhoods
        on
            orders.user_id = event_neighbourhoods.user_id
            and orders.time_bucket = event_neighbourhoods.time_bucket

)

select
    user_id,
    window_start_at,
    {{ plus_seconds('window_start_at', window_seconds) }} as window_end_at,
    window_date,
    cast(sum(event_count) as int64) as event_count,
    cast(sum(order_count) as int64) as order_count,
    sum(ordered_amount) as ordered_amount,
    cast(sum(case when is_matched then event_count else 0 end) as int64) as matched_event_count,
    cast(sum(case when is_matched then order_count else 0 end) as int64) as matched_order_count,
    sum(case when is_matched then ordered_amount else 0 end) as matched_ordered_amount
from {{ in_scope('matched') }}
group by user_id, window_start_at, window_date
