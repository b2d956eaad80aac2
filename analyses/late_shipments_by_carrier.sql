-- How many shipments of each carrier were delivered late or are overdue, and what share of all that left is that?
with

carriers as (

    select
        carrier,
        cast(sum(shipment_count) as int64) as shipment_count,
        cast(sum(delayed_count) as int64) as delayed_count,
        cast(sum(delivered_late_count) as int64) as delivered_late_count,
        cast(sum(overdue_count) as int64) as overdue_count
    from {{ ref('fct_daily_shipments') }}
    group by carrier

)

select
    carrier,
    shipment_count,
    delayed_count,
    delivered_late_count,
    overdue_count,
    delayed_count / shipment_count as late_shipment_rate
from carriers
order by carrier
