{{
    config(
        materialized='incremental',
        unique_key=['user_id', 'window_start_at', 'window_date'],
        meta={'day': 'window_date'},
        partition_by=partition_by_day('window_date'),
        cluster_by=['user_id']
    )
}}
{%- set window_seconds = setting('user_event_window_seconds') | int -%}
{%- set window_start_at = tumbling_window_start('event_at', window_seconds) -%}
{%- set window_date = date_in_reporting_timezone(window_start_at) %}

{% call scope() %}
    select distinct
        user_id,
        {{ window_start_at }} as window_start_at,
        {{ window_date }} as window_date
    from {{ new_rows(ref('int_activity__user_events_decided'), day=window_date) }} as new_events
{% endcall %}

with

accepted_events as (

    select
        user_id,
        {{ window_start_at }} as window_start_at,
        {{ window_date }} as window_date
    from {{ ref('int_activity__user_events_decided') }}
    where
        decision = 'accepted'
        and {{ arrived_for_windows(
            'int_activity__user_event_arrival_days',
            seconds_after=window_seconds + (setting('user_event_allowed_lateness_seconds') | int)
        ) }}

)

select
    user_id,
    window_start_at,
    {{ plus_seconds('window_start_at', window_seconds) }} as window_end_at,
    window_date,
    count(*) as event_count
from {{ in_scope('accepted_events') }}
group by user_id, window_start_at, window_date
