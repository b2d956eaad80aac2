{{
    config(
        materialized='incremental',
        unique_key=['order_date', 'user_id'],
        meta={'day': 'order_date'},
        partition_by=partition_by_day('order_date'),
        cluster_by=['user_id']
    )
}}

{% call scope() %}
    select distinct
        order_date,
        user_id
    from ({{ orders__scope() }}) as changed_orders
{% endcall %}

select
    order_date,
    user_id,
    count(*) as accepted_orders,
    cast(sum(case when is_completed then 1 else 0 end) as int64) as total_orders,
    cast(sum(case when is_completed and ordered_amount is not null then 1 else 0 end) as int64) as valued_orders,
    sum(revenue) as total_revenue
from {{ in_scope(ref('int_orders__orders_latest')) }}
group by order_date, user_id
