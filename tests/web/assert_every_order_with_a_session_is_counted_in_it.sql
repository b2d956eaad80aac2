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
        user_id,
        event_at,
        session_id,
        loaded_at,
        source_file,
        source_position,
        {{ time_bucket('event_at', timeout) }} as time_bucket,
        {{ plus_seconds('event_at', timeout) }} as reached_at
    from {{ ref('int_web__events_sessionized') }}

),

attributed as (

    select
        orders.order_id,
        orders.session_id,
        events.session_id as expected_session_id
    from (
        select
            placed_orders.*,
            {{ time_bucket('placed_orders.ordered_at', timeout) }} + distances.distance as time_bucket
        from {{ ref('fct_orders') }} as placed_orders
        cross join {{ neighbouring_buckets(timeout) }} as distances
    ) as orders
    left join events
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
    session_id,
    order_id
from attributed
where session_id is distinct from expected_session_id
