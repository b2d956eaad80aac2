-- Customer by customer, customers whom nobody knows included.
with

expected as (

    select
        user_id as customer_id,
        sum(revenue) as total_sales,
        sum(case when is_completed then 1 else 0 end) as order_count,
        sum(case when is_completed and exchange_rate is not null then 1 else 0 end) as valued_order_count
    from {{ ref('fct_orders') }}
    group by user_id

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
    or customers.valued_order_count <> found.valued_order_count
    or customers.is_known_customer <> found.is_known_customer
