{{
    config(
        materialized='incremental',
        unique_key=['session_id', 'session_date'],
        meta={'day': 'session_date', 'stored_in_order_of': 'session_date, session_started_at'},
        partition_by=partition_by_day('session_date'),
        cluster_by=['user_id', 'device_id']
    )
}}
{%- set new_days = new_rows(ref('int_web__session_days'), day='event_date') %}

-- Sessions that have changed, those that began where one of them goes on now, and those that an order may have come to or left.
{% call scope() %}
    select
        session_id,
        event_date as session_date
    from {{ new_days }} as new_days

    union distinct

    select
        stored_sessions.session_id,
        stored_sessions.session_date
    from {{ this }} as stored_sessions
    inner join {{ new_days }} as new_days
        on
            stored_sessions.session_date = new_days.event_date
            and {{ is_same_session_identity('stored_sessions', 'new_days') }}
            and stored_sessions.session_started_at >= new_days.first_event_at
            and stored_sessions.session_started_at <= new_days.last_event_at
    where stored_sessions.session_date in ({{ dates_in('select distinct event_date from ' ~ new_days) }})

    union distinct

    select
        session_id,
        session_date
    from ({{ sessions_near_orders__scope() }}) as near_sessions
    {% if rebuilt_days() %}
    union distinct

    -- A session over midnight is a whole too: its other days, of which the first says where it stands.
    select
        session_id,
        event_date as session_date
    from {{ ref('int_web__session_days') }}
    where
        event_date >= date '0001-01-01'
        and session_id in (select new_days.session_id from {{ new_days }} as new_days)
    {% endif %}
{% endcall %}

with

session_days as (

    select *
    from {{ in_scope(ref('int_web__session_days'), session_date='event_date') }}
    where event_date >= date '0001-01-01'

),

sessions as (

    select
        session_id,
        session_started_at,
        session_ended_at,
        max(case when is_session_start then user_id end) as user_id,
        max(case when is_session_start then device_id end) as device_id,
        max(case when is_session_start then event_name end) as entry_event_name,
        max(case when is_session_start then app_version end) as app_version,
        max(case when is_session_start then client end) as client,
        cast(sum(event_count) as int64) as event_count
    from session_days
    group by session_id, session_started_at, session_ended_at

),

orders as (

    select
        session_id,
        count(*) as order_count,
        coalesce(sum(ordered_amount), 0) as ordered_amount
    from {{ in_scope(ref('fct_orders'), session_date=none) }}
    where
        session_id is not null
        and {{ is_near_scope_days('order_date', day='session_date') }}
    group by session_id

)

select
    sessions.session_id,
    sessions.user_id,
    sessions.device_id,
    {{ date_in_reporting_timezone('sessions.session_started_at') }} as session_date,
    sessions.session_started_at,
    sessions.session_ended_at,
    {{ micros_as_decimal(
        unix_microseconds('sessions.session_ended_at') ~ ' - ' ~ unix_microseconds('sessions.session_started_at')
    ) }} as session_duration_seconds,
    sessions.event_count,
    coalesce(orders.order_count, 0) as order_count,
    cast(coalesce(orders.ordered_amount, 0) as numeric(38, 9)) as ordered_amount,
    orders.session_id is not null as is_converted,
    sessions.entry_event_name,
    sessions.app_version,
    sessions.client
from sessions
left join orders
    on sessions.session_id = orders.session_id
