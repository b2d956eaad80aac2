select
    order_date,
    user_id,
    sum(case when is_completed then 1 else 0 end) as total_orders,
    sum(case when is_completed then revenue else 0 end) as total_revenue
from {{ ref('int_orders__orders_latest') }}
group by order_date, user_id
