{{
    config(
        materialized='incremental',
        meta={
            'is_change_feed': true, 'scope': 'own_rows', 'scope_columns': ['loaded_at', 'source_file', 'source_position'], 'day': 'event_date'
        },
        partition_by=partition_by_day('event_date'),
        cluster_by=['change_number', 'user_id', 'device_id']
    )
}}
{%- set columns = 'event_name, user_id, app_version, event_at, event_date, device_id, client, extra_columns'
    ~ ', loaded_at, source_file, source_position' -%}
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
        loaded_at,
        source_file,
        source_position
    from {{ new_records }}

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

{% if is_incremental() %}
stored_events as (

    select *
    from {{ this }}
    where event_date in ({{ stored_dates }}) and (rejection_reason is null or rejection_reason = 'exact_duplicate')

),

{% endif %}
-- Each reading of these columns is the same event; only new records are news, but a new one may have arrived before a stored one.
candidates as (

    select
        {{ columns }},
        user_text,
        event_text,
        invalid_reason,
        true as is_new,
        cast(null as string) as stored_reason
    from checked
    {% if is_incremental() %}
    union all
    select
        {{ columns }},
        cast(null as string) as user_text,
        cast(null as string) as event_text,
        cast(null as string) as invalid_reason,
        false as is_new,
        rejection_reason as stored_reason
    from stored_events
    where
        exists (
            select 1
            from checked
            where
                checked.invalid_reason is null
                and checked.event_at = stored_events.event_at
                and checked.event_name = stored_events.event_name
                and coalesce(checked.user_id, 0) = coalesce(stored_events.user_id, 0)
                and coalesce(checked.device_id, '') = coalesce(stored_events.device_id, '')
                and coalesce(checked.app_version, '') = coalesce(stored_events.app_version, '')
                and coalesce(checked.client, '') = coalesce(stored_events.client, '')
        )
    {% endif %}

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
    case
        when invalid_reason is not null
            then {{ raw_record({
                'event_name': 'event_name', 'user_id': 'user_text', 'app_version': 'app_version', 'event_time': 'event_text',
                'device_id': 'device_id', 'client': 'client'
            }) }}
    end as raw_record,
    extra_columns,
    {{ next_change_number() }} as change_number,
    loaded_at,
    source_file,
    source_position
from deduplicated
where is_new or rejection_reason is distinct from stored_reason
{{ stored_in_order_of('event_date') }}
