{{
    config(
        materialized='incremental',
        unique_key=['order_id', 'order_date'],
        meta={'day': 'order_date'},
        partition_by=partition_by_day('order_date'),
        cluster_by=['user_id']
    )
}}

-- Orders that may be different themselves, belong to another session, or are of users who have changed.
{% call scope() %}
    select
        order_id,
        order_date
    from ({{ session_orders__scope() }}) as changed_orders

    union distinct

    select
        orders.order_id,
        orders.order_date
    from {{ ref('int_orders__orders_latest') }} as orders
    inner join ({{ changed_users__scope() }}) as changed_users
        on
            orders.user_id = changed_users.user_id
            and orders.order_date >= changed_users.changed_from_date
{% endcall %}

with

orders as (

    select *
    from {{ in_scope(ref('int_orders__orders_latest')) }}

),

timeline as (

    select
        cast(null as string) as order_id,
        events.user_id,
        events.event_at as occurred_at,
        events.event_at
    from {{ ref('stg_web__events') }} as events
    where
        {{ is_near_scope_days('events.event_date', day='order_date') }}
        {% if is_incremental() -%}
        and {{ is_among(
            '(' ~ days_reached_by('orders', 'order_date', backwards=true) ~ ') as order_days',
            {'user_id': 'events.user_id', 'reached_date': 'events.event_date'}
        ) }}
        {%- endif %}

    union all

    select
        order_id,
        user_id,
        ordered_at as occurred_at,
        cast(null as timestamp) as event_at
    from orders

),

-- The time of the last event of the user before an order.
last_events as (

    select
        order_id,
        user_id,
        occurred_at,
        max(event_at) over (
            partition by user_id
            order by occurred_at
            range between unbounded preceding and current row
        ) as event_at
    from timeline

),

-- Few orders have one that is no longer ago than the timeout. Of events at one time the last to arrive counts.
sessions as (

    select
        last_events.order_id,
        events.session_id
    from last_events
    inner join (
        {{ events_in_sessions(ref('int_web__session_days'), days=is_near_scope_days('event_date', day='order_date')) }}
    ) as events
        on
            last_events.user_id = events.user_id
            and last_events.event_at = events.event_at
    where
        last_events.order_id is not null
        and last_events.occurred_at <= {{ plus_seconds('last_events.event_at', setting('session_timeout_seconds')) }}
    qualify
        row_number() over (
            partition by last_events.order_id
            order by events.loaded_at desc, events.source_file desc, events.source_position desc
        ) = 1

)

select
    orders.order_id,
    orders.order_date,
    orders.ordered_at,
    orders.order_status,
    orders.is_completed,
    orders.user_id,
    versions.user_id is not null as is_known_user,
    versions.user_name,
    versions.country as user_country,
    versions.user_version_id,
    orders.product_id,
    orders.quantity,
    orders.unit_price_amount,
    orders.order_amount,
    orders.currency,
    orders.exchange_rate,
    orders.ordered_amount,
    orders.revenue,
    sessions.session_id,
    orders.loaded_at,
    orders.source_file,
    orders.source_position
from orders
left join {{ ref('int_activity__user_history') }} as versions
    on
        orders.user_id = versions.user_id
        and orders.order_date >= versions.effective_from_date
        and orders.order_date < versions.effective_to_date
left join sessions
    on orders.order_id = sessions.order_id
