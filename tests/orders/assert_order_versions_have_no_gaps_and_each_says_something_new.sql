-- A version ends where the next one begins, none begins before the one below it, and no two in a row say the same. Every
-- status that came is in the history.
with

versions as (

    select
        *,
        row_number() over (partition by order_id order by valid_from, version_number) as place,
        lead(valid_from) over (partition by order_id order by version_number) as next_valid_from,
        lag(order_status) over (partition by order_id order by version_number) as status_before,
        lag(user_id) over (partition by order_id order by version_number) as user_before,
        lag(product_id) over (partition by order_id order by version_number) as product_before,
        lag(quantity) over (partition by order_id order by version_number) as quantity_before,
        lag(unit_price_amount) over (partition by order_id order by version_number) as price_before,
        lag(order_amount) over (partition by order_id order by version_number) as amount_before,
        lag(currency) over (partition by order_id order by version_number) as currency_before,
        lag(ordered_at) over (partition by order_id order by version_number) as ordered_before
    from {{ ref('dim_order_history') }}
    -- Whose only version is the first and the last has nothing to compare.
    where
        order_id in (
            select history.order_id
            from {{ ref('dim_order_history') }} as history
            group by history.order_id
            having
                count(*) > 1
                or max(history.version_number) <> 1
                or max(history.valid_to) is not null
                or max(case when history.is_current then 0 else 1 end) = 1
        )

),

statuses as (

    select distinct
        order_id,
        order_status
    from {{ ref('stg_shop__orders') }}

)

select
    'is out of place' as problem,
    order_id,
    version_number
from versions
where
    place <> version_number
    or valid_to is distinct from next_valid_from
    or is_current <> (next_valid_from is null)

union all

select
    'says nothing new' as problem,
    order_id,
    version_number
from versions
where
    version_number > 1
    and order_status = status_before
    and user_id = user_before
    and product_id is not distinct from product_before
    and quantity is not distinct from quantity_before
    and unit_price_amount is not distinct from price_before
    and order_amount = amount_before
    and currency = currency_before
    and ordered_at = ordered_before

union all

select
    'a status is missing' as problem,
    statuses.order_id,
    cast(null as int64) as version_number
from statuses
left join {{ ref('dim_order_history') }} as history
    on
        statuses.order_id = history.order_id
        and statuses.order_status = history.order_status
where history.order_id is null
