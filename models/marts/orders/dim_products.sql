{{ config(materialized='incremental', cluster_by=['product_id']) }}

select
    product_id,
    min(order_date) as first_seen_date,
    max(order_date) as last_seen_date,
    count(*) as order_count,
    cast(sum(case when is_completed then 1 else 0 end) as int64) as total_orders
from {{ ref('int_orders__orders_latest') }}
where product_id is not null
group by product_id
