{{ config(materialized='table', partition_by=partition_by_day('event_date'), cluster_by=['user_id', 'device_id']) }}

with

cleaned as (

    select
        {{ text_or_null('event_name') }} as event_name,
        {{ text_or_null('user_id') }} as user_text,
        {{ text_or_null('app_version') }} as app_version,
        {{ text_or_null('event_time') }} as event_text,
        {{ text_or_null('device_id') }} as device_id,
        {{ text_or_null('client') }} as client,
        loaded_at,
        source_file,
        source_position
    from {{ raw_table('web_events') }}

),

parsed as (

    select
        *,
        {{ integer_or_null('user_text') }} as user_id,
        {{ timestamp_or_null('event_text') }} as event_at
    from cleaned

),

checked as (

    select
        *,
        {{ date_in_reporting_timezone('event_at') }} as event_date,
        case
            when user_text is null and device_id is null then 'no_user_and_no_device'
            {{ user_value_rejection_reasons('user_text', 'user_id') }}
            when event_name is null then 'no_event'
            {{ time_rejection_reasons('event_text', 'event_at') }}
        end as invalid_reason
    from parsed

),

-- The first arrival of a record counts; the same six fields again are the same record, delivered twice.
deduplicated as (

    select
        *,
        case
            when invalid_reason is not null then invalid_reason
            when
                row_number() over (
                    partition by event_name, user_id, app_version, event_at, device_id, client, invalid_reason
                    order by loaded_at, source_file, source_position
                ) > 1
                then 'exact_duplicate'
        end as rejection_reason
    from checked

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
    case
        when rejection_reason is not null
            then {{ raw_record({
                'event_name': 'event_name', 'user_id': 'user_text', 'app_version': 'app_version', 'event_time': 'event_text',
                'device_id': 'device_id', 'client': 'client'
            }) }}
    end as raw_record,
    loaded_at,
    source_file,
    source_position
from deduplicated
