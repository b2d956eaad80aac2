{{
    config(
        materialized='incremental',
        unique_key=['metric_date', 'user_id'],
        meta={'day': 'metric_date'},
        partition_by=partition_by_day('metric_date'),
        cluster_by=['user_id']
    )
}}

{% call scope() %}
    select
        metric_date,
        user_id
    from ({{ user_days__scope() }}) as changed_user_days
{% endcall %}

select
    coalesce(events.event_date, orders.order_date) as metric_date,
    coalesce(events.user_id, orders.user_id) as user_id,
    coalesce(events.total_events, 0) as total_events,
    coalesce(orders.total_orders, 0) as total_orders,
    cast(coalesce(orders.total_revenue, 0) as numeric(38, 9)) as total_revenue
from {{ in_scope(ref('int_activity__daily_user_events'), metric_date='event_date') }} as events
full outer join {{ in_scope(ref('int_orders__daily_user_orders'), metric_date='order_date') }} as orders
    on
        events.event_date = orders.order_date
        and events.user_id = orders.user_id
