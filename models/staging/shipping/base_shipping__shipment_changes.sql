{{
    config(
        materialized='incremental',
        unique_key=['loaded_at', 'source_file', 'source_position'],
        meta={'day': 'change_date'},
        partition_by=partition_by_day('change_date'),
        cluster_by=['change_number', 'shipment_id'],
        post_hook=['{{ say_which_columns_are_gone() }}', '{{ say_which_fields_are_new("shipment_changes") }}']
    )
}}
{%- set columns = 'shipment_id, operation, region, carrier, shipment_status, weight, shipped_at, promised_at, delivered_at'
    ~ ', updated_at, absent_columns, placeholders, changed_at, change_date, log_name, log_number, log_offset, log_row, snapshot_edge'
    ~ ', extra_columns, loaded_at, source_file, source_position' -%}
{%- set no_time = "timestamp '0001-01-01 00:00:00'" -%}
{%- set same = {
    'shipment_id': "''", 'log_name': none, 'log_offset': none, 'log_number': none, 'log_row': none, 'changed_at': none, 'operation': none,
    'absent_columns': "''", 'snapshot_edge': "''",
    'shipment_status': "''", 'region': "''", 'carrier': "''", 'weight': '-1',
    'shipped_at': no_time, 'promised_at': no_time, 'delivered_at': no_time, 'updated_at': no_time
} -%}
{%- set new_records = new_records('shipment_changes') -%}
{%- set changes = change_records('shipment_changes', new_records, key='shipment_id', columns={
    'region': 'text', 'carrier': 'text', 'status': 'text', 'weight': 'decimal', 'shipped_at': 'time', 'promised_at': 'time',
    'delivered_at': 'time', 'updated_at': 'time'
}, time_unit=setting('shipment_time_unit')) -%}
{%- set new_changes = '(' ~ changes ~ ') as new_changes' -%}
{%- set dates_of_checked = 'select change_date from checked where invalid_reason is null' -%}
{%- set stored_dates = dates_of_new_records(new_changes, date_in_reporting_timezone('changed_at'), dates_of_checked) %}

with

parsed as (

    {{ changes }}

),

checked as (

    select
        *,
        status as shipment_status,
        {{ date_in_reporting_timezone('changed_at') }} as change_date,
        case
            {{ change_rejection_reasons(setting('shipment_table')) }}
            when shipment_id is null and operation <> 'truncate' then 'no_shipment_id'
            when offset_text is null then 'no_source_position'
            when coalesce(log_offset, -1) < 0 or coalesce(log_number, -1) < 0 or coalesce(log_row, -1) < 0
                then 'bad_source_position'
            {{ time_rejection_reasons('changed_text', 'changed_at') }}
            when has_columns and status is null and coalesce(absent_columns, '') not like '%|status=%' then 'no_status'
            when is_weight_bad and is_weight_undecodable then 'undecodable_decimal'
            when is_weight_bad then 'bad_weight'
            when weight < 0 then 'negative_weight'
            {%- for name in ['shipped_at', 'promised_at', 'delivered_at', 'updated_at'] %}
            when is_{{ name }}_bad and is_{{ name }}_ambiguous then 'ambiguous_time'
            {%- endfor %}
            when is_shipped_at_bad then 'bad_shipped_at'
            when is_promised_at_bad then 'bad_promised_at'
            when is_delivered_at_bad then 'bad_delivered_at'
            when is_updated_at_bad then 'bad_updated_at'
            when delivered_at < shipped_at then 'delivered_before_shipped'
        end as invalid_reason
    from parsed

),

candidates as (

    {{ with_stored_repeats('checked', columns, 'payload', same, stored_dates, day='change_date') }}

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
    absent_columns,
    placeholders,
    changed_at,
    change_date,
    log_name,
    log_number,
    log_offset,
    log_row,
    snapshot_edge,
    rejection_reason,
    raw_record,
    extra_columns,
    {{ change_number() }} as change_number,
    loaded_at,
    source_file,
    source_position
from deduplicated
where is_new or rejection_reason is distinct from stored_reason
