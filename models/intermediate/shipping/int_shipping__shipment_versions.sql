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

{%- set attributes = [
    'region', 'carrier', 'shipment_status', 'weight', 'shipped_at', 'promised_at', 'delivered_at', 'updated_at', 'absent_columns'
] -%}
{%- set place = [
    'changed_at', 'change_date', 'log_name', 'log_order', 'log_restarted_after_at', 'log_number', 'log_offset', 'log_row', 'loaded_at',
    'source_file', 'source_position'
] %}

with

changes as (

    select
        changes.*,
        change_logs.log_order,
        change_logs.restarted_after_at as log_restarted_after_at
    from {{ in_scope(ref('stg_shipping__shipment_changes')) }} as changes
    left join {{ ref('int_shipping__change_logs') }} as change_logs on {{ is_of_log('changes', 'change_logs') }}
    where changes.shipment_id is not null

),

-- Truncates, and readings of the whole table of which both the first row and the last have come.
full_table_changes as (

    {{ full_table_changes() }}

),

-- They delete, without naming it, every shipment that their log knew before and of which nothing is said at their position.
deleted as (

    {{ deleted_by_full_table_changes() }}

),

known_changes as (

    select
        shipment_id,
        operation,
        {{ attributes | join(', ') }},
        {{ place | join(', ') }}
    from changes

    union all

    select
        deleted.shipment_id,
        full_table_changes.implied_operation,
        {% for column in attributes -%}
        null as {{ column }},
        {% endfor -%}
        full_table_changes.{{ place | join(', full_table_changes.') }}
    from deleted
    inner join full_table_changes
        on {{ is_same_position('deleted', 'full_table_changes') }}

),

ordered as (

    select
        *,
        operation not in ('create', 'read', 'update') as is_deleted,
        dense_rank() over (partition by shipment_id order by log_order, log_number, log_offset, log_row) as step
    from known_changes

),

-- Two changes at one position of the source contradict each other; the last to arrive counts, as a correction.
counting as (

    select *
    from ordered
    qualify
        lead(step) over (partition by shipment_id order by step, loaded_at, source_file, source_position) is distinct from step

),

told as (

    {{ kept_values('counting', key='shipment_id', step='step', columns={
        'region': 'region', 'carrier': 'carrier', 'status': 'shipment_status', 'weight': 'weight', 'shipped_at': 'shipped_at',
        'promised_at': 'promised_at', 'delivered_at': 'delivered_at', 'updated_at': 'updated_at'
    }) }}

),

-- The source orders changes, not its clock: a change takes effect at its own time, but at least a microsecond after the one
-- before.
effective as (

    select
        *,
        {{ timestamp_of_microseconds(
            'max(' ~ unix_microseconds('changed_at') ~ ' - step) over (partition by shipment_id order by step) + step'
        ) }} as valid_from
    from told

),

versions as (

    {{ scd2_versions('effective', 'shipment_id', 'valid_from', tracked=[
        'is_deleted', 'region', 'carrier', 'shipment_status', 'weight', 'shipped_at', 'promised_at', 'delivered_at', 'updated_at'
    ]) }}

)

select
    {{ dbt.hash(
        "shipment_id || '|' || log_name || '|' || cast(coalesce(" ~ unix_microseconds('log_restarted_after_at') ~ ", 0) as string) || '|' ||"
        ~ " cast(log_number as string) || '|' || cast(log_offset as string) || '|' || cast(log_row as string)"
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
    {{ date_in_reporting_timezone('shipped_at') }} as ship_date,
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
    log_name,
    log_restarted_after_at,
    log_number,
    log_offset,
    log_row,
    loaded_at as known_at
from versions
