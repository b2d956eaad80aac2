-- Device by device, from the accepted events; and no session is of a device that is not there.
with

expected as (

    select
        device_id,
        count(*) as event_count,
        min(event_date) as first_seen_date,
        max(event_date) as last_seen_date
    from {{ ref('stg_web__events') }}
    where device_id is not null
    group by device_id

)

select
    coalesce(expected.device_id, found.device_id) as device_id,
    expected.event_count as expected_count,
    found.event_count as found_count
from expected
full outer join {{ ref('dim_devices') }} as found
    on expected.device_id = found.device_id
where
    expected.device_id is null
    or found.device_id is null
    or expected.event_count <> found.event_count
    or expected.first_seen_date <> found.first_seen_date
    or expected.last_seen_date <> found.last_seen_date

union all

select
    sessions.device_id,
    cast(null as int64) as expected_count,
    sessions.event_count as found_count
from {{ ref('fct_web_sessions') }} as sessions
left join {{ ref('dim_devices') }} as devices
    on sessions.device_id = devices.device_id
where
    sessions.device_id is not null
    and devices.device_id is null
