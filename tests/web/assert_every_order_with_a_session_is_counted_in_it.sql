-- Session by session; and an order has a session wherever its user had an event at most the timeout before it. Such an event is
-- in the stretch of time, as long as the timeout, that the order is in, or in the one before.
{%- set timeout = var('session_timeout_seconds') %}

with

orders as (

    select
        session_id,
        count(*) as order_count,
        coalesce(sum(ordered_amount), 0) as ordered_amount
    from {{ ref('fct_orders') }}
    where session_id is not null
    group by session_id

),

events as (

    select
        *,
        {{ time_bucket('event_at', timeout) }} as time_bucket,
        {{ plus_seconds('event_at', timeout) }} as reached_at
    from {{ ref('stg_web__events') }}

),

last_events as (

    select
        orders.order_id,
        events.*
    from (
        select
            placed_orders.*,
            {{ time_bucket('placed_orders.ordered_at', timeout) }} + distances.distance as time_bucket
        from {{ ref('fct_orders') }} as placed_orders
        cross join {{ neighbouring_buckets(timeout) }} as distances
    ) as orders
    inner join events
        on
            orders.user_id = events.user_id
            and orders.time_bucket = events.time_bucket
            and orders.ordered_at >= events.event_at
            and orders.ordered_at <= events.reached_at
    qualify
        row_number() over (
            partition by orders.order_id
            order by events.event_at desc, events.loaded_at desc, events.source_file desc, events.source_position desc
        ) = 1

),

expected as (

    select
        last_events.order_id,
        sessions.session_id
    from last_events
    left join {{ ref('fct_web_sessions') }} as sessions
        on
            {{ is_same_session_identity('last_events', 'sessions') }}
            and last_events.event_at >= sessions.session_started_at
            and last_events.event_at <= sessions.session_ended_at

)

select
    sessions.session_id,
    cast(null as string) as order_id
from {{ ref('fct_web_sessions') }} as sessions
full outer join orders
    on sessions.session_id = orders.session_id
where
    sessions.session_id is null
    or sessions.order_count <> coalesce(orders.order_count, 0)
    or sessions.ordered_amount <> coalesce(orders.ordered_amount, 0)
    or sessions.is_converted <> (orders.session_id is not null)

union all

select
    found.session_id,
    found.order_id
from {{ ref('fct_orders') }} as found
left join expected
    on found.order_id = expected.order_id
where found.session_id is distinct from expected.session_id
