select
    shipment_id,
    operation,
    region,
    carrier,
    shipment_status,
    weight,
    shipped_at,
    promised_at,
    delivered_at,
    updated_at,
    ship_date,
    changed_at,
    change_date,
    log_number,
    log_offset,
    log_row,
    extra_columns,
    loaded_at,
    source_file,
    source_position
from {{ ref('base_shipping__shipment_changes') }}
where rejection_reason is null
