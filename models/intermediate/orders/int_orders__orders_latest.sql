{{
    config(
        materialized='incremental',
        unique_key=['order_id', 'order_date'],
        meta={'day': 'order_date'},
        partition_by=partition_by_day('order_date'),
        cluster_by=['user_id']
    )
}}

{% call scope() %}
    select
        order_id,
        order_date
    from ({{ orders__scope() }}) as changed_orders
{% endcall %}

with

latest as (

    select
        order_id,
        user_id,
        product_id,
        quantity,
        unit_price_amount,
        order_amount,
        {{ order_currency() }} as currency,
        order_status,
        order_status = 'completed' as is_completed,
        ordered_at,
        order_date,
        loaded_at,
        source_file,
        source_position
    from {{ in_scope(ref('stg_shop__orders')) }}
    qualify
        row_number() over (
            partition by order_id
            -- Change data say when a change was made, and count as newer than rows; of rows the last to arrive counts.
            order by
                coalesce(source_changed_at, timestamp '0001-01-01 00:00:00') desc, log_number desc, log_offset desc, log_row desc,
                loaded_at desc, source_file desc, source_position desc
        ) = 1

)

select
    order_id,
    user_id,
    product_id,
    quantity,
    unit_price_amount,
    order_amount,
    currency,
    exchange_rate,
    ordered_amount,
    case when is_completed then coalesce(ordered_amount, 0) else 0 end as revenue,
    order_status,
    is_completed,
    ordered_at,
    order_date,
    loaded_at,
    source_file,
    source_position
from {{ in_reporting_currency('latest') }}
