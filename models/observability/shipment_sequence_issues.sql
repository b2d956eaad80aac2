select
    shipment_version_id,
    shipment_id,
    sequence_issue,
    operation,
    shipment_status,
    changed_at,
    log_number,
    log_offset,
    log_row,
    known_at
from {{ ref('dim_shipment_history') }}
where sequence_issue is not null
