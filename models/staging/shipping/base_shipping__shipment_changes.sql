{{
    config(
        materialized='incremental',
        unique_key=['loaded_at', 'source_file', 'source_position'],
        meta={'day': 'change_date'},
        partition_by=partition_by_day('change_date'),
        cluster_by=['change_number', 'shipment_id']
    )
}}
{%- set columns = 'shipment_id, operation, region, carrier, shipment_status, weight, shipped_at, promised_at, delivered_at'
    ~ ', updated_at, changed_at, change_date, log_number, log_offset, log_row, extra_columns, loaded_at, source_file, source_position' -%}
{%- set no_time = "timestamp '0001-01-01 00:00:00'" -%}
{%- set same = {
    'shipment_id': none, 'log_offset': none, 'log_number': none, 'log_row': none, 'changed_at': none, 'operation': none,
    'shipment_status': "''", 'region': "''", 'carrier': "''", 'weight': '-1',
    'shipped_at': no_time, 'promised_at': no_time, 'delivered_at': no_time, 'updated_at': no_time
} -%}
{%- set new_records = new_records('shipment_changes') -%}
{%- set new_changes = '(' ~ parsed_shipment_changes(new_records) ~ ') as new_changes' -%}
{%- set stored_dates = dates_of_new_records(new_changes, date_in_reporting_timezone('changed_at')) %}

with

parsed as (

    {{ parsed_shipment_changes(new_records) }}

),

checked as (

    select
        *,
        {{ date_in_reporting_timezone('changed_at') }} as change_date,
        case
            {{ message_rejection_reasons() }}
            when op_text is null then 'no_operation'
            when operation is null then 'unknown_operation'
            when not is_deletion and not has_after then 'no_after'
            when shipment_id is null then 'no_shipment_id'
            when offset_text is null then 'no_source_position'
            when coalesce(log_offset, -1) < 0 or coalesce(log_number, -1) < 0 or coalesce(log_row, -1) < 0
                then 'bad_source_position'
            {{ time_rejection_reasons('changed_text', 'changed_at') }}
            when not is_deletion and shipment_status is null then 'no_status'
            when not is_deletion and weight_text is not null and weight is null then 'bad_weight'
            when weight < 0 then 'negative_weight'
            when not is_deletion and shipped_at_text is not null and shipped_at is null then 'bad_shipped_at'
            when not is_deletion and promised_at_text is not null and promised_at is null then 'bad_promised_at'
            when not is_deletion and delivered_at_text is not null and delivered_at is null then 'bad_delivered_at'
            when not is_deletion and updated_at_text is not null and updated_at is null then 'bad_updated_at'
            when delivered_at < shipped_at then 'delivered_before_shipped'
        end as invalid_reason
    from parsed

),

candidates as (

    {{ with_stored_repeats('checked', columns, ['payload'], same, stored_dates, day='change_date') }}

),

-- The same change at the same position of the source is one change, delivered twice; the first arrival counts.
deduplicated as (

    select
        *,
        case
            when invalid_reason is not null then invalid_reason
            {{ repeat_rejection_reasons(same) }}
        end as rejection_reason
    from candidates

)

select
    shipment_id,
    operation,
    region,
    carrier,
    shipment_status,
    weight,
    shipped_at,
    promised_at,
    delivered_at,
    updated_at,
    {{ date_in_reporting_timezone('shipped_at') }} as ship_date,
    changed_at,
    change_date,
    log_number,
    log_offset,
    log_row,
    rejection_reason,
    case when invalid_reason is not null then payload end as raw_record,
    extra_columns,
    {{ change_number() }} as change_number,
    loaded_at,
    source_file,
    source_position
from deduplicated
where is_new or rejection_reason is distinct from stored_reason
