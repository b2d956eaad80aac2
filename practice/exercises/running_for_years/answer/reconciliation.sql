with

clean as (

    select
        case when order_statuses.status is null then 'unknown_status' end as reason,
        count(*) as row_count
    from {{ ref('clean_orders') }} as clean_orders
    left join {{ ref('order_statuses') }} as order_statuses
        on clean_orders.status = order_statuses.status
    group by reason

),

rejected as (

    select
        reason,
        count(*) as row_count
    from {{ ref('rejected_orders') }}
    where reason is not null
    group by reason

),

raw as (

    select count(*) as row_count
    from {{ ref('raw_orders') }}

)

select
    'raw' as layer,
    'arrived' as outcome,
    null as reason,
    row_count
from raw

union all

select
    'clean' as layer,
    'accepted' as outcome,
    reason,
    row_count
from clean

union all

select
    'clean' as layer,
    'rejected' as outcome,
    reason,
    row_count
from rejected

union all

select
    'difference' as layer,
    'unexplained' as outcome,
    null as reason,
    row_count
    - coalesce((select sum(row_count) from clean), 0)
    - coalesce((select sum(row_count) from rejected), 0) as row_count
from raw
