{{
    config(
        materialized='incremental',
        unique_key=['loaded_at', 'source_file', 'source_position'],
        meta={'day': 'event_date'},
        partition_by=partition_by_day('event_date'),
        cluster_by=['change_number', 'user_id']
    )
}}

with

cleaned as (

    select
        {{ text_or_null('event_id') }} as event_id,
        {{ text_or_null('user_id') }} as user_text,
        {{ text_or_null('event_type') }} as event_type,
        {{ text_or_null('event_time') }} as event_text,
        {{ extra_raw_columns('user_events') }} as extra_columns,
        {{ malformed_line('user_events') }} as malformed_line,
        loaded_at,
        source_file,
        source_position
    from {{ new_records('user_events') }}

),

parsed as (

    select
        *,
        {{ user_id_or_null('user_text') }} as user_id,
        {{ timestamp_or_null('event_text') }} as event_at
    from cleaned

),

-- An id that comes again is no reason here: whether it is a repetition depends on what the stream still remembers.
checked as (

    select
        *,
        {{ date_in_reporting_timezone('event_at') }} as event_date,
        case
            {{ line_rejection_reasons() }}
            when event_id is null then 'no_event_id'
            {{ user_rejection_reasons('user_text', 'user_id') }}
            when event_type is null then 'no_event'
            {{ time_rejection_reasons('event_text', 'event_at') }}
        end as rejection_reason
    from parsed

)

select
    event_id,
    user_id,
    event_type,
    event_at,
    event_date,
    rejection_reason,
    case
        when rejection_reason is not null
            then {{ raw_record({
                'event_id': 'event_id', 'user_id': 'user_text', 'event_type': 'event_type', 'event_time': 'event_text'
            }) }}
    end as raw_record,
    extra_columns,
    {{ change_number() }} as change_number,
    loaded_at,
    source_file,
    source_position
from checked
