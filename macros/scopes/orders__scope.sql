{#
    Of each order that something has arrived for, every accepted record, as a query: any of them may have been the order's latest one before, on
    another day or of another user. Not one list but one rule: each model that asks has its own idea of what has arrived since.
#}
{% macro orders__scope() -%}
    select
        order_id,
        user_id,
        order_date
    from {{ ref('stg_shop__orders') }}
    where order_id in (
        select new_orders.order_id
        from {{ new_rows(ref('base_shop__orders'), day='order_date') }} as new_orders
        where new_orders.rejection_reason is null
    )
{%- endmacro %}
