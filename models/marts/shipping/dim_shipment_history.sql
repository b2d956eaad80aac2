{{ config(materialized='view') }}

select
    shipment_version_id,
    shipment_id,
    version_number,
    operation,
    is_deleted,
    region,
    carrier,
    shipment_status,
    weight,
    shipped_at,
    promised_at,
    delivered_at,
    updated_at,
    valid_from,
    valid_to,
    is_current,
    sequence_issue,
    changed_at,
    change_date,
    log_name,
    log_restarted_after_at,
    log_number,
    log_offset,
    log_row,
    known_at
from {{ ref('int_shipping__shipment_versions') }}
