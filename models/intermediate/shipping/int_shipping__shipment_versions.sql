{{
    config(
        materialized='incremental',
        unique_key=['shipment_id', 'change_date'],
        meta={'day': 'change_date'},
        partition_by=partition_by_day('change_date'),
        cluster_by=['shipment_id']
    )
}}

{% call scope() %}
    select
        shipment_id,
        change_date
    from ({{ shipments__scope() }}) as changes
{% endcall %}

with

-- Two changes at one position of the source contradict each other; the last to arrive counts, as a correction.
ordered as (

    select
        changes.*,
        changes.operation = 'delete' as is_deleted,
        dense_rank() over (
            partition by changes.shipment_id
            order by changes.log_number, changes.log_offset, changes.log_row
        ) as step,
        lead(changes.log_number) over by_position as next_log_number,
        lead(changes.log_offset) over by_position as next_log_offset,
        lead(changes.log_row) over by_position as next_log_row
    from {{ in_scope(ref('stg_shipping__shipment_changes')) }} as changes
    window by_position as (
        partition by changes.shipment_id
        order by
            changes.log_number, changes.log_offset, changes.log_row,
            changes.loaded_at, changes.source_file, changes.source_position
    )

),

-- The source orders changes, not its clock: a change takes effect at its own time, but at least a microsecond after the one
-- before.
effective as (

    select
        *,
        {{ timestamp_of_microseconds(
            'max(' ~ unix_microseconds('changed_at') ~ ' - step) over (partition by shipment_id order by step) + step'
        ) }} as valid_from
    from ordered
    where
        next_log_number is distinct from log_number
        or next_log_offset is distinct from log_offset
        or next_log_row is distinct from log_row

),

versions as (

    {{ versions('effective', 'shipment_id', 'valid_from', tracked=[
        'is_deleted', 'region', 'carrier', 'shipment_status', 'weight', 'shipped_at', 'promised_at', 'delivered_at', 'updated_at'
    ]) }}

)

select
    {{ dbt.hash(
        "shipment_id || '|' || cast(log_number as string) || '|' || cast(log_offset as string) || '|' || cast(log_row as string)"
    ) }} as shipment_version_id,
    shipment_id,
    version_number,
    operation,
    is_deleted,
    region,
    carrier,
    shipment_status,
    weight,
    shipped_at,
    ship_date,
    promised_at,
    delivered_at,
    updated_at,
    valid_from,
    next_changed_at as valid_to,
    next_changed_at is null and not is_deleted as is_current,
    case
        when is_deleted and version_number = 1 then 'delete_of_unknown'
        when operation = 'update' and previous_is_deleted then 'update_after_delete'
    end as sequence_issue,
    changed_at,
    change_date,
    log_number,
    log_offset,
    log_row,
    loaded_at as known_at
from versions
