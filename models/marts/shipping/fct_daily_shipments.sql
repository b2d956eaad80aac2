{{
    config(
        materialized='incremental',
        unique_key=['ship_date'],
        meta={'day': 'ship_date'},
        partition_by=partition_by_day('ship_date')
    )
}}

-- Each date on which one of the changed shipments has ever been shipped; and those with a promise that has passed since.
{% call scope() %}
    select distinct ship_date
    from ({{ shipments__scope() }}) as changes
    where ship_date is not null

    union distinct

    select ship_date
    from {{ this }}
    where next_promised_at < (
        select max(arrival_days.watermark_after_at)
        from {{ ref('int_shipping__change_arrival_days') }} as arrival_days
    )
{% endcall %}

with

watermark as (

    select max(watermark_after_at) as watermark_at
    from {{ ref('int_shipping__change_arrival_days') }}

),

shipments as (

    select
        shipments.ship_date,
        coalesce(shipments.region, 'unknown') as region,
        coalesce(shipments.carrier, 'unknown') as carrier,
        shipments.delivered_at is not null as is_delivered,
        {{ unix_microseconds('shipments.delivered_at') }}
        - {{ unix_microseconds('shipments.shipped_at') }} as transit_microseconds,
        coalesce(coalesce(shipments.delivered_at, watermark.watermark_at) > shipments.promised_at, false) as is_delayed,
        case
            when shipments.delivered_at is null and shipments.promised_at >= watermark.watermark_at then shipments.promised_at
        end as open_promised_at
    from {{ in_scope(ref('dim_shipments')) }} as shipments
    cross join watermark
    where shipments.ship_date is not null

),

days as (

    select
        ship_date,
        region,
        carrier,
        count(*) as shipment_count,
        cast(sum(case when is_delivered then 1 else 0 end) as int64) as delivered_count,
        cast(sum(transit_microseconds) as int64) as transit_microseconds,
        cast(sum(case when is_delayed then 1 else 0 end) as int64) as delayed_count,
        cast(sum(case when is_delayed and is_delivered then 1 else 0 end) as int64) as delivered_late_count,
        min(open_promised_at) as next_promised_at
    from shipments
    group by ship_date, region, carrier

)

select
    ship_date,
    region,
    carrier,
    shipment_count,
    delivered_count,
    {{ micros_as_decimal(integer_divide('transit_microseconds', 'nullif(delivered_count, 0) * 3600')) }} as avg_transit_hours,
    delayed_count,
    delivered_late_count,
    delayed_count - delivered_late_count as overdue_count,
    next_promised_at
from days
