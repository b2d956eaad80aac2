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
        source_changed_at,
        log_number,
        log_offset,
        log_row,
        loaded_at,
        source_file,
        source_position
    from {{ in_scope(ref('stg_shop__orders')) }}

),

-- Most orders have one record, and so one version: these are not put in order.
orders_with_more as (

    select order_id
    from records
    group by order_id
    having count(*) > 1

),

-- Oldest first, by the rule of int_orders__orders_latest: change data by their place in the source, after all rows.
in_order as (

    select
        *,
        row_number() over (
            partition by order_id
            order by
                coalesce(source_changed_at, timestamp '0001-01-01 00:00:00'), log_number nulls first, log_offset nulls first,
                log_row nulls first, loaded_at, source_file, source_position
        ) as step
    from records
    where order_id in (select orders_with_more.order_id from orders_with_more)

),

-- Where rows and change data mix, a newer record may say an earlier time: it takes effect when the one before it has.
effective as (

    select
        *,
        max(changed_at) over (partition by order_id order by step) as valid_from
    from in_order

),

versions as (

    {{ scd2_versions('effective', 'order_id', 'step', tracked=[
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

union all

select
    {{ dbt.hash(arrival_text()) }} as order_version_id,
    order_id,
    cast(1 as int64) as version_number,
    order_status,
    user_id,
    product_id,
    quantity,
    unit_price_amount,
    order_amount,
    currency,
    ordered_at,
    order_date,
    changed_at as valid_from,
    cast(null as timestamp) as valid_to,
    true as is_current,
    loaded_at,
    source_file,
    source_position
from records
where order_id not in (select orders_with_more.order_id from orders_with_more)
