{{ config(materialized='table', meta={'bookkeeping': true}) }}

with

changed_orders as (

    select distinct order_id
    from {{ ref('base_shop__orders') }}
    where
        {{ changed_since_last_run('base_shop__orders', day='order_date') }}
        and rejection_reason is null

)

-- Every record of these orders, for each may have been the last one once, on another day or of another user.
select
    order_id,
    user_id,
    order_date,
    loaded_at,
    source_file,
    source_position
from {{ ref('stg_shop__orders') }}
where order_id in (select changed_orders.order_id from changed_orders)
