{{
    config(
        materialized='incremental',
        unique_key=['order_id', 'order_date'],
        meta={'day': 'order_date'},
        partition_by=partition_by_day('order_date'),
        cluster_by=['order_id']
    )
}}

{% call scope() %}
    select
        order_id,
        order_date
    from ({{ orders__scope() }}) as changed_orders
{% endcall %}

with

-- Oldest first, by the rule of int_orders__orders_latest: change data by their place in the source, after all rows.
records as (

    select
        order_id,
        order_status,
        user_id,
        product_id,
        quantity,
        unit_price_amount,
        order_amount,
        coalesce(currency, '{{ setting("reporting_currency") }}') as currency,
        ordered_at,
        order_date,
        coalesce(source_changed_at, loaded_at) as changed_at,
        loaded_at,
        source_file,
        source_position,
        row_number() over (
            partition by order_id
            order by
                coalesce(source_changed_at, timestamp '0001-01-01 00:00:00'), log_number nulls first, log_offset nulls first,
                log_row nulls first, loaded_at, source_file, source_position
        ) as step
    from {{ in_scope(ref('stg_shop__orders')) }}

),

-- Where rows and change data mix, a newer record may say an earlier time: it takes effect when the one before it has.
effective as (

    select
        *,
        max(changed_at) over (partition by order_id order by step) as valid_from
    from records

),

versions as (

    {{ versions('effective', 'order_id', 'step', tracked=[
        'order_status', 'user_id', 'product_id', 'quantity', 'unit_price_amount', 'order_amount', 'currency', 'ordered_at'
    ]) }}

)

select
    {{ dbt.hash(arrival_text()) }} as order_version_id,
    order_id,
    version_number,
    order_status,
    user_id,
    product_id,
    quantity,
    unit_price_amount,
    order_amount,
    currency,
    ordered_at,
    order_date,
    valid_from,
    lead(valid_from) over (partition by order_id order by version_number) as valid_to,
    next_changed_at is null as is_current,
    loaded_at,
    source_file,
    source_position
from versions
