-- First arrivals of scans are counted in their window or wait on the list of late ones, never both; so repetitions are all other
-- records.
with

first_arrivals as (

    select
        shipment_id,
        {{ tumbling_window_start('event_at', var('scan_window_seconds')) }} as window_start_at
    from {{ ref('stg_shipping__shipment_scans') }}
    qualify row_number() over (partition by event_id order by loaded_at, source_file, source_position) = 1

),

expected as (

    select
        shipment_id,
        window_start_at,
        count(*) as scan_count
    from first_arrivals
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
    coalesce(expected.shipment_id, totals.shipment_id) as shipment_id,
    coalesce(expected.window_start_at, totals.window_start_at) as window_start_at,
    expected.scan_count,
    totals.scan_count as counted
from expected
full outer join totals
    on
        expected.shipment_id = totals.shipment_id
        and expected.window_start_at = totals.window_start_at
where expected.scan_count is distinct from totals.scan_count
