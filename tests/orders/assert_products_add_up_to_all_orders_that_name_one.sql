-- Product by product, from the newest record of each order, past every model in between.
with

latest_orders as (

    select
        product_id,
        order_status,
        order_date
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
        product_id,
        count(*) as order_count,
        sum(case when order_status = 'completed' then 1 else 0 end) as total_orders,
        min(order_date) as first_seen_date,
        max(order_date) as last_seen_date
    from latest_orders
    where product_id is not null
    group by product_id

)

select
    coalesce(expected.product_id, found.product_id) as product_id,
    expected.order_count as expected_count,
    found.order_count as found_count
from expected
full outer join {{ ref('dim_products') }} as found
    on expected.product_id = found.product_id
where
    expected.product_id is null
    or found.product_id is null
    or expected.order_count <> found.order_count
    or expected.total_orders <> found.total_orders
    or expected.first_seen_date <> found.first_seen_date
    or expected.last_seen_date <> found.last_seen_date
