with

clean_orders as (

    select distinct
        order_id,
        customer_id,
        amount,
        order_status,
        ordered_at
    from {{ ref('orders') }}
    where order_id is not null and customer_id is not null

),

customers as (

    select
        customer_id,
        sum(case when order_status = 'completed' then amount else 0 end) as total_sales,
        sum(case when order_status = 'completed' then 1 else 0 end) as order_count
    from clean_orders
    group by customer_id

),

newest as (

    select max(loaded_at) as processed_at
    from (
        select loaded_at
        from {{ ref('orders') }}

        union all

        select loaded_at
        from {{ ref('users') }}
    ) as arrivals

)

select
    customers.customer_id,
    users.user_name as customer_name,
    customers.total_sales,
    customers.order_count,
    cast(floor(customers.total_sales * 1000000) as hugeint) // nullif(customers.order_count, 0) * 0.000001 as avg_order_value,
    newest.processed_at
from customers
left join {{ ref('users') }} as users
    on customers.customer_id = users.user_id
cross join newest
