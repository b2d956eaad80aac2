{%- set tolerance = setting('activity_join_tolerance_seconds') | int %}

with

records as (

    select
        *,
        {{ unix_microseconds('occurred_at') }} as occurred_microseconds,
        {{ time_bucket('occurred_at', tolerance) }} as time_bucket
    from {{ ref('int_activity__events_and_orders') }}
    where not is_late

),

-- A pair belongs to the time of its event.
events as (

    select
        records.*,
        records.time_bucket + distances.distance as partner_bucket
    from records
    cross join {{ neighbouring_buckets(tolerance) }} as distances
    where
        not records.is_order
        and {{ is_in_pairs_range('records.occurred_at') }}

)

select
    events.user_id,
    events.record_id as event_id,
    events.event_type,
    events.occurred_at as event_at,
    orders.record_id as order_id,
    orders.occurred_at as ordered_at,
    orders.order_amount,
    orders.currency,
    {{ micros_as_decimal('orders.occurred_microseconds - events.occurred_microseconds') }} as seconds_from_event_to_order
from events
inner join records as orders
    on
        events.user_id = orders.user_id
        and events.partner_bucket = orders.time_bucket
        and abs(events.occurred_microseconds - orders.occurred_microseconds) <= {{ microseconds(tolerance) }}
where orders.is_order
