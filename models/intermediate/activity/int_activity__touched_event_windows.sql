{{ config(materialized='table', meta={'bookkeeping': true}) }}
{%- set window_start_at = tumbling_window_start('event_at', var('user_event_window_seconds')) -%}
{%- set window_date = date_in_reporting_timezone(window_start_at) %}

select distinct
    user_id,
    {{ window_start_at }} as window_start_at,
    {{ window_date }} as window_date
from {{ ref('int_activity__user_events_decided') }}
where {{ changed_since_last_run('int_activity__user_events_decided', day=window_date) }}
