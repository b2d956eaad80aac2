with

watermark as (

    select max(watermark_after_at) as watermark_at
    from {{ ref('int_shipping__change_arrival_days') }}

),

shipments as (

    select
        ship_date,
        coalesce(region, 'unknown') as region,
        coalesce(carrier, 'unknown') as carrier,
        delivered_at is not null as is_delivered,
        epoch_us(delivered_at) - epoch_us(shipped_at) as transit_us,
        coalesce(coalesce(delivered_at, watermark_at) > promised_at, false) as is_delayed
    from {{ ref('dim_shipments') }}
    cross join watermark
    where ship_date is not null

)

select
    ship_date,
    region,
    carrier,
    count(*) as shipment_count,
    cast(sum(transit_us) // nullif(count(transit_us) * 3600, 0) as decimal(18, 6)) * 0.000001 as avg_transit_hours,
    sum(case when is_delayed then 1 else 0 end) as delayed_count,
    sum(case when is_delayed and is_delivered then 1 else 0 end) as delivered_late_count,
    sum(case when is_delayed and not is_delivered then 1 else 0 end) as overdue_count
from shipments
group by ship_date, region, carrier
