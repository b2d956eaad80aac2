-- First arrivals of scans are in their window or on the list of late ones, never in both.
with

first_arrivals as (

    select
        shipment_id,
        window_start_at,
        count(*) as scan_count
    from {{ ref('int_shipping__scans_decided') }}
    where decision <> 'repeated'
    group by shipment_id, window_start_at

),

counted as (

    select
        shipment_id,
        window_start_at,
        scan_count
    from {{ ref('fct_shipment_status_windows') }}

    union all

    select
        shipment_id,
        window_start_at,
        1 as scan_count
    from {{ ref('fct_shipment_scans_late') }}

),

totals as (

    select
        shipment_id,
        window_start_at,
        sum(scan_count) as scan_count
    from counted
    group by shipment_id, window_start_at

)

select
    coalesce(first_arrivals.shipment_id, totals.shipment_id) as shipment_id,
    coalesce(first_arrivals.window_start_at, totals.window_start_at) as window_start_at,
    first_arrivals.scan_count,
    totals.scan_count as counted
from first_arrivals
full outer join totals
    on
        first_arrivals.shipment_id = totals.shipment_id
        and first_arrivals.window_start_at = totals.window_start_at
where first_arrivals.scan_count is distinct from totals.scan_count
