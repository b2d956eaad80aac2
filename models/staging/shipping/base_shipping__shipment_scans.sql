{{
    config(
        materialized='incremental',
        unique_key=['loaded_at', 'source_file', 'source_position'],
        meta={'day': 'event_date'},
        partition_by=partition_by_day('event_date'),
        cluster_by=['change_number', 'shipment_id'],
        post_hook='{{ say_which_fields_are_new("shipment_scans") }}'
    )
}}

with

parsed as (

    {{ parsed_shipment_scans(new_records('shipment_scans')) }}

),

checked as (

    select
        *,
        {{ date_in_reporting_timezone('event_at') }} as event_date,
        case
            {{ message_rejection_reasons() }}
            when event_id is null then 'no_event_id'
            when shipment_id is null then 'no_shipment_id'
            when shipment_status is null then 'no_status'
            {{ time_rejection_reasons('event_text', 'event_at') }}
        end as rejection_reason
    from parsed

)

select
    event_id,
    shipment_id,
    shipment_status,
    location,
    event_at,
    event_date,
    rejection_reason,
    case when rejection_reason is not null then payload end as raw_record,
    extra_columns,
    {{ change_number() }} as change_number,
    loaded_at,
    source_file,
    source_position
from checked
