select
    order_id,
    order_date,
    user_id,
    currency,
    order_amount,
    order_status,
    is_completed,
    loaded_at,
    source_file,
    source_position
from {{ ref('int_orders__orders_latest') }}
where ordered_amount is null
