{{
    config(
        materialized='incremental',
        unique_key=['loaded_at', 'source_file', 'source_position'],
        meta={'day': 'event_date'},
        partition_by=partition_by_day('event_date'),
        cluster_by=['change_number', 'user_id', 'device_id']
    )
}}
{%- set columns = 'event_name, user_id, app_version, event_at, event_date, device_id, client, extra_columns'
    ~ ', loaded_at, source_file, source_position' -%}
{%- set same = {
    'event_at': none, 'event_name': none, 'user_id': no_user_id(), 'device_id': "''", 'app_version': "''", 'client': "''"
} -%}
{%- set new_records = new_records('web_events') -%}
{%- set event_at = timestamp_or_null(text_or_null('event_time')) -%}
{%- set stored_dates = dates_of_new_records(new_records, date_in_reporting_timezone(event_at)) %}

with

cleaned as (

    select
        {{ text_or_null('event_name') }} as event_name,
        {{ text_or_null('user_id') }} as user_text,
        {{ text_or_null('app_version') }} as app_version,
        {{ text_or_null('event_time') }} as event_text,
        {{ text_or_null('device_id') }} as device_id,
        {{ text_or_null('client') }} as client,
        {{ extra_raw_columns('web_events') }} as extra_columns,
        {{ malformed_line('web_events') }} as malformed_line,
        loaded_at,
        source_file,
        source_position
    from {{ new_records }}

),

parsed as (

    select
        *,
        {{ user_id_or_null('user_text') }} as user_id,
        {{ timestamp_or_null('event_text') }} as event_at
    from cleaned

),

checked as (

    select
        *,
        {{ date_in_reporting_timezone('event_at') }} as event_date,
        case
            {{ line_rejection_reasons() }}
            when user_text is null and device_id is null then 'no_user_and_no_device'
            {{ user_value_rejection_reasons('user_text', 'user_id') }}
            when event_name is null then 'no_event'
            {{ time_rejection_reasons('event_text', 'event_at') }}
        end as invalid_reason
    from parsed

),

candidates as (

    {{ with_stored_repeats('checked', columns, raw_record({
        'event_name': 'event_name', 'user_id': 'user_text', 'app_version': 'app_version', 'event_time': 'event_text',
        'device_id': 'device_id', 'client': 'client'
    }), same, stored_dates) }}

),

-- The first arrival of a record counts; the same six fields again are the same record, delivered twice.
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
    event_name,
    user_id,
    app_version,
    event_at,
    event_date,
    device_id,
    client,
    rejection_reason,
    raw_record,
    extra_columns,
    {{ change_number() }} as change_number,
    loaded_at,
    source_file,
    source_position
from deduplicated
where is_new or rejection_reason is distinct from stored_reason
