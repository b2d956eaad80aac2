{{ config(materialized='incremental', cluster_by=['carrier']) }}

with

-- The name that fct_daily_shipments gives to a carrier that the operational database does not say.
versions as (

    select
        coalesce(carrier, 'unknown') as carrier,
        change_date,
        is_current
    from {{ ref('int_shipping__shipment_versions') }}
    where not is_deleted

)

select
    carrier,
    min(change_date) as first_seen_date,
    max(change_date) as last_seen_date,
    cast(sum(case when is_current then 1 else 0 end) as int64) as shipment_count
from versions
group by carrier
