{{
    config(
        materialized='incremental',
        cluster_by=['customer_id'],
        post_hook={'sql': "{{ export_as_parquet('customer_id') }}", 'transaction': false}
    )
}}

with

orders as (

    select *
    from {{ ref('int_orders__user_orders') }}

),

users as (

    select *
    from {{ ref('dim_users') }}

),

arrivals as (

    select max(loaded_at) as loaded_at
    from {{ ref('int_orders__orders_latest') }}

    union all

    select max(loaded_at) as loaded_at
    from {{ ref('stg_shop__users') }}

),

newest_arrival as (

    select max(loaded_at) as processed_at
    from arrivals

)

-- A customer whom the users table does not know has bought all the same.
select
    orders.user_id as customer_id,
    users.user_name as customer_name,
    users.country,
    users.user_id is not null as is_known_customer,
    orders.total_revenue as total_sales,
    orders.total_orders as order_count,
    orders.valued_orders as valued_order_count,
    {{ average_amount('orders.total_revenue', 'nullif(orders.valued_orders, 0)') }} as avg_order_value,
    newest_arrival.processed_at
from orders
left join users
    on orders.user_id = users.user_id
cross join newest_arrival
