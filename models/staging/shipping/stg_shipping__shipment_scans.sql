select
    event_id,
    shipment_id,
    shipment_status,
    location,
    event_at,
    event_date,
    extra_columns,
    loaded_at,
    source_file,
    source_position
from {{ ref('base_shipping__shipment_scans') }}
where rejection_reason is null
