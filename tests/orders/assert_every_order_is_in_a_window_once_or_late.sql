-- Orders in windows and late orders are all orders, each once; so repetitions are all other records.
with

orders as (

    select
        (select count(distinct stg_orders.order_id) from {{ ref('stg_shop__orders') }} as stg_orders) as order_count,
        (select coalesce(sum(windows.order_count), 0) from {{ ref('fct_order_windows') }} as windows) as in_windows,
        (select count(*) from {{ ref('fct_order_windows_late') }}) as late

)

select *
from orders
where order_count <> in_windows + late
