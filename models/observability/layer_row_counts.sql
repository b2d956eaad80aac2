with

sources as (

    select *
    from {{ ref('source_row_counts') }}

),

unknown_statuses as (

    select
        'orders' as source_table,
        count(*) as record_count
    from {{ ref('stg_shop__orders') }} as orders
    left join {{ ref('order_statuses') }} as order_statuses
        on orders.order_status = order_statuses.order_status
    where order_statuses.order_status is null

    union all

    select
        source_table,
        cast(sum(record_count) as int64) as record_count
    from {{ ref('unknown_shipment_statuses') }}
    group by source_table

),

-- Each shipment has one newest change, so all its others are superseded; what the newest ones became is counted where they are.
shipments as (

    select
        count(*) as change_count,
        count(distinct shipment_id) as shipment_count
    from {{ ref('stg_shipping__shipment_changes') }}

)

select
    source_table,
    'raw' as layer,
    'arrived' as outcome,
    cast(null as string) as reason,
    raw_count + purged_count as row_count
from sources

union all

select
    sources.source_table,
    'staging' as layer,
    'accepted' as outcome,
    cast(null as string) as reason,
    sources.accepted_count - coalesce(unknown_statuses.record_count, 0) as row_count
from sources
left join unknown_statuses
    on sources.source_table = unknown_statuses.source_table

union all

select
    source_table,
    'staging' as layer,
    'accepted' as outcome,
    'unknown_status' as reason,
    record_count as row_count
from unknown_statuses
where record_count > 0

union all

select
    source_table,
    'staging' as layer,
    'rejected' as outcome,
    rejection_reason as reason,
    count(*) as row_count
from {{ ref('rejected_records') }}
group by source_table, rejection_reason

union all

select
    'shipment_changes' as source_table,
    'marts' as layer,
    'superseded' as outcome,
    cast(null as string) as reason,
    change_count - shipment_count as row_count
from shipments

union all

select
    'shipment_changes' as source_table,
    'marts' as layer,
    'current' as outcome,
    cast(null as string) as reason,
    count(*) as row_count
from {{ ref('dim_shipments') }}

union all

select
    'shipment_changes' as source_table,
    'marts' as layer,
    'deleted' as outcome,
    cast(null as string) as reason,
    count(*) as row_count
from {{ ref('int_shipping__newest_shipment_versions') }}
where is_deleted
