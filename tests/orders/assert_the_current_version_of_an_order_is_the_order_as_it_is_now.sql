-- Each order has one current version, which says what the newest of its records says.
with

versions as (

    select *
    from {{ ref('dim_order_history') }}
    where is_current

)

select
    coalesce(orders.order_id, versions.order_id) as order_id,
    orders.order_status,
    versions.order_status as version_status
from {{ ref('int_orders__orders_latest') }} as orders
full outer join versions
    on orders.order_id = versions.order_id
where
    orders.order_id is null
    or versions.order_id is null
    or orders.order_status <> versions.order_status
    or orders.user_id <> versions.user_id
    or orders.product_id is distinct from versions.product_id
    or orders.quantity is distinct from versions.quantity
    or orders.unit_price_amount is distinct from versions.unit_price_amount
    or orders.order_amount <> versions.order_amount
    or coalesce(orders.currency, '{{ setting("reporting_currency") }}') <> versions.currency
    or orders.ordered_at <> versions.ordered_at
    or orders.order_date <> versions.order_date
