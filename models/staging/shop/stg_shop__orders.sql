select
    order_id,
    user_id,
    product_id,
    quantity,
    unit_price_amount,
    order_amount,
    currency,
    order_status,
    ordered_at,
    order_date,
    source_changed_at,
    log_number,
    log_offset,
    log_row,
    extra_columns,
    loaded_at,
    source_file,
    source_position
from {{ ref('base_shop__orders') }}
where rejection_reason is null
