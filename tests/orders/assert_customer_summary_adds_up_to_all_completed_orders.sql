-- Customer by customer, from the newest record of each order, past every model in between; customers whom nobody knows included.
with

latest_orders as (

    select
        user_id,
        order_status,
        order_amount
    from {{ ref('stg_shop__orders') }}
    qualify
        row_number() over (
            partition by order_id
            order by
                coalesce(source_changed_at, timestamp '0001-01-01 00:00:00') desc, log_number desc, log_offset desc, log_row desc,
                loaded_at desc, source_file desc, source_position desc
        ) = 1

),

expected as (

    select
        latest_orders.user_id as customer_id,
        sum(case when latest_orders.order_status = 'completed' then latest_orders.order_amount else 0 end) as total_sales,
        sum(case when latest_orders.order_status = 'completed' then 1 else 0 end) as order_count
    from latest_orders
    group by latest_orders.user_id

),

known_users as (

    select distinct user_id
    from {{ ref('stg_shop__users') }}

),

customers as (

    select
        expected.*,
        known_users.user_id is not null as is_known_customer
    from expected
    left join known_users
        on expected.customer_id = known_users.user_id

)

select
    customers.customer_id as expected_customer,
    found.customer_id as found_customer,
    customers.total_sales as expected_sales,
    found.total_sales as found_sales,
    customers.order_count as expected_count,
    found.order_count as found_count
from customers
full outer join {{ ref('customer_summary') }} as found
    on customers.customer_id = found.customer_id
where
    customers.customer_id is null
    or found.customer_id is null
    or customers.total_sales <> found.total_sales
    or customers.order_count <> found.order_count
    or customers.is_known_customer <> found.is_known_customer
