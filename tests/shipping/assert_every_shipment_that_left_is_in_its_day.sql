-- Per ship date, region and carrier, the fact says exactly what follows from the present shipments and from the newest change
-- that has arrived.
with

watermark as (

    select max(changed_at) as watermark_at
    from {{ ref('stg_shipping__shipment_changes') }}

),

shipments as (

    select
        shipments.ship_date,
        coalesce(shipments.region, 'unknown') as region,
        coalesce(shipments.carrier, 'unknown') as carrier,
        count(*) as shipment_count,
        count(shipments.delivered_at) as delivered_count,
        sum(
            {{ unix_microseconds('shipments.delivered_at') }} - {{ unix_microseconds('shipments.shipped_at') }}
        ) as transit_microseconds,
        sum(case when shipments.delivered_at > shipments.promised_at then 1 else 0 end) as delivered_late_count,
        sum(
            case when shipments.delivered_at is null and shipments.promised_at < watermark.watermark_at then 1 else 0 end
        ) as overdue_count
    from {{ ref('dim_shipments') }} as shipments
    cross join watermark
    where shipments.ship_date is not null
    group by 1, 2, 3

)

select
    coalesce(shipments.ship_date, daily.ship_date) as ship_date,
    coalesce(shipments.region, daily.region) as region,
    coalesce(shipments.carrier, daily.carrier) as carrier,
    shipments.shipment_count,
    daily.shipment_count as counted
from shipments
full outer join {{ ref('fct_daily_shipments') }} as daily
    on
        shipments.ship_date = daily.ship_date
        and shipments.region = daily.region
        and shipments.carrier = daily.carrier
where
    shipments.shipment_count is distinct from daily.shipment_count
    or shipments.delivered_count is distinct from daily.delivered_count
    or shipments.delivered_late_count is distinct from daily.delivered_late_count
    or shipments.overdue_count is distinct from daily.overdue_count
    or shipments.delivered_late_count + shipments.overdue_count is distinct from daily.delayed_count
    or (daily.avg_transit_hours is null) <> (coalesce(shipments.delivered_count, 0) = 0)
    -- the average times its weight gives the sum again, but for the millionth of an hour that was cut off
    or shipments.transit_microseconds < daily.avg_transit_hours * 3600000000 * shipments.delivered_count
    or shipments.transit_microseconds >= (daily.avg_transit_hours + 0.000001) * 3600000000 * shipments.delivered_count
