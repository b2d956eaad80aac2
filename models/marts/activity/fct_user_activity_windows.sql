{{
    config(
        materialized='incremental',
        meta={
            'scope': 'int_activity__touched_activity_windows',
            'scope_columns': {'user_id': 'user_id', 'window_start_at': 'window_start_at', 'window_date': 'window_date'}, 'day': 'window_date'
        },
        partition_by=partition_by_day('window_date'),
        cluster_by=['user_id']
    )
}}
{%- set windows = 'int_activity__touched_activity_windows' -%}
{%- set window_seconds = var('activity_window_seconds') | int -%}
{%- set tolerance = var('activity_join_tolerance_seconds') | int -%}
{%- set bucket_length = time_bucket_length(tolerance) -%}
{%- set reach = {
    'seconds_before': tolerance,
    'seconds_after': window_seconds + tolerance + (var('activity_watermark_delay_seconds') | int),
    'rows': 'arrivals'
} %}

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

-- Of each bucket only the first and the last time matter, so a busy user costs no more than any other, and its buckets spread.
buckets as (

    select
        is_order,
        user_id,
        time_bucket,
        min(occurred_microseconds) as first_microseconds,
        max(occurred_microseconds) as last_microseconds
    from records
    group by is_order, user_id, time_bucket

),

-- What each bucket sees of the other stream: in itself, in the bucket before, in the bucket after.
partners as (

    select
        not buckets.is_order as is_order,
        buckets.user_id,
        buckets.time_bucket + distances.distance as time_bucket,
        max(case when distances.distance = 0 then 1 else 0 end) as is_in_bucket,
        max(case when distances.distance > 0 then buckets.last_microseconds end) as last_before,
        min(case when distances.distance < 0 then buckets.first_microseconds end) as first_after
    from buckets
    cross join (
        select 0 as distance
        union all
        select {{ bucket_length }} as distance
        union all
        select -{{ bucket_length }} as distance
    ) as distances
    group by buckets.is_order, buckets.user_id, buckets.time_bucket + distances.distance

),

matched as (

    select
        records.*,
        coalesce(
            partners.is_in_bucket = 1
            or records.occurred_microseconds - partners.last_before <= {{ microseconds(tolerance) }}
            or partners.first_after - records.occurred_microseconds <= {{ microseconds(tolerance) }},
            false
        ) as is_matched
    from records
    left join partners
        on
            records.is_order = partners.is_order
            and records.user_id = partners.user_id
            and records.time_bucket = partners.time_bucket

)

select
    matched.user_id,
    matched.window_start_at,
    {{ plus_seconds('matched.window_start_at', window_seconds) }} as window_end_at,
    {{ date_in_reporting_timezone('matched.window_start_at') }} as window_date,
    cast(sum(case when matched.is_order then 0 else 1 end) as int64) as total_events,
    cast(sum(case when matched.is_order then 1 else 0 end) as int64) as total_orders,
    sum(matched.order_amount) as total_revenue,
    cast(sum(case when matched.is_matched and not matched.is_order then 1 else 0 end) as int64) as matched_events,
    cast(sum(case when matched.is_matched and matched.is_order then 1 else 0 end) as int64) as matched_orders,
    sum(case when matched.is_matched then matched.order_amount else 0 end) as matched_revenue
from matched
where {{ is_touched(windows, {'user_id': 'matched.user_id', 'window_start_at': 'matched.window_start_at'}) }}
group by matched.user_id, matched.window_start_at
{{ stored_in_order_of('window_date') }}
