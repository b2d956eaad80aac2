{{
    config(
        materialized='incremental',
        meta={
            'scope': 'int_orders__touched_orders', 'scope_columns': {'order_id': 'order_id', 'order_date': 'order_date'}, 'day': 'order_date'
        },
        partition_by=partition_by_day('order_date'),
        cluster_by=['user_id']
    )
}}

with

orders as (

    select orders.*
    from {{ ref('stg_shop__orders') }} as orders
    where
        {{ is_touched(
            'int_orders__touched_orders',
            {'order_id': 'orders.order_id', 'order_date': 'orders.order_date'},
            day='order_date'
        ) }}

)

select
    order_id,
    user_id,
    product_id,
    quantity,
    unit_price_amount,
    order_amount,
    currency,
    order_status,
    order_status = 'completed' as is_completed,
    ordered_at,
    order_date,
    loaded_at,
    source_file,
    source_position
from orders
qualify
    row_number() over (
        partition by order_id
        order by loaded_at desc, source_file desc, source_position desc
    ) = 1
{{ stored_in_order_of('order_date') }}
