{{ config(materialized='incremental') }}

select
    user_id,
    cast(sum(total_orders) as int64) as total_orders,
    cast(sum(valued_orders) as int64) as valued_orders,
    sum(total_revenue) as total_revenue
from {{ ref('int_orders__daily_user_orders') }}
group by user_id
