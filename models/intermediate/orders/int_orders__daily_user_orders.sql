{{
    config(
        materialized='incremental',
        meta={
            'scope': 'int_activity__touched_user_days', 'scope_columns': {'activity_date': 'order_date', 'user_id': 'user_id'}, 'day': 'order_date'
        },
        partition_by=partition_by_day('order_date'),
        cluster_by=['user_id']
    )
}}

select
    orders.order_date,
    orders.user_id,
    count(*) as accepted_orders,
    cast(sum(case when orders.is_completed then 1 else 0 end) as int64) as total_orders,
    sum(case when orders.is_completed then orders.order_amount else 0 end) as total_revenue
from {{ ref('int_orders__orders_latest') }} as orders
where
    {{ is_touched(
        'int_activity__touched_user_days',
        {'activity_date': 'orders.order_date', 'user_id': 'orders.user_id'},
        day='activity_date'
    ) }}
group by orders.order_date, orders.user_id
{{ stored_in_order_of('order_date') }}
