select
    orders.order_status,
    count(*) as order_count,
    coalesce(sum(orders.ordered_amount), 0) as ordered_amount,
    min(orders.loaded_at) as first_loaded_at,
    max(orders.loaded_at) as last_loaded_at
from {{ ref('int_orders__orders_latest') }} as orders
left join {{ ref('order_statuses') }} as order_statuses
    on orders.order_status = order_statuses.order_status
where order_statuses.order_status is null
group by orders.order_status
