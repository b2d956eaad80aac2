-- Day by day, the fact counts exactly the present shipments that left on it, and those delivered among them.
with

shipments as (

    select
        ship_date,
        count(*) as shipment_count,
        sum(case when delivered_at is not null then 1 else 0 end) as delivered_count
    from {{ ref('dim_shipments') }}
    where ship_date is not null
    group by ship_date

),

days as (

    select
        ship_date,
        sum(shipment_count) as shipment_count,
        sum(delivered_count) as delivered_count
    from {{ ref('fct_daily_shipments') }}
    group by ship_date

)

select
    coalesce(shipments.ship_date, days.ship_date) as ship_date,
    shipments.shipment_count,
    days.shipment_count as counted
from shipments
full outer join days
    on shipments.ship_date = days.ship_date
where
    shipments.shipment_count is distinct from days.shipment_count
    or shipments.delivered_count is distinct from days.delivered_count
