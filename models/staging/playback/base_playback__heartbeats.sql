{{
    config(
        materialized='incremental',
        unique_key=['loaded_at', 'source_file', 'source_position'],
        meta={'day': 'event_date'},
        partition_by=partition_by_day('event_date'),
        cluster_by=['change_number', 'user_id', 'session_id'],
        post_hook='{{ say_which_fields_are_new("playback_heartbeats") }}'
    )
}}
{%- set columns = 'user_id, program_id, start_at, session_id, device, event_at, event_date, extra_columns'
    ~ ', loaded_at, source_file, source_position' -%}
{%- set same = {'event_at': none, 'user_id': none, 'session_id': none, 'program_id': none, 'start_at': none, 'device': none} -%}
{%- set new_records = new_records('playback_heartbeats') -%}
{%- set new_heartbeats = '(' ~ parsed_heartbeats(new_records) ~ ') as new_heartbeats' -%}
{%- set dates_of_checked = 'select event_date from checked where invalid_reason is null' -%}
{%- set stored_dates = dates_of_new_records(new_heartbeats, date_in_reporting_timezone('event_at'), dates_of_checked) %}

with

parsed as (

    {{ parsed_heartbeats(new_records) }}

),

checked as (

    select
        *,
        {{ date_in_reporting_timezone('event_at') }} as event_date,
        case
            {{ message_rejection_reasons() }}
            {{ user_rejection_reasons('user_text', 'user_id') }}
            when program_id is null then 'no_program'
            when session_id is null then 'no_session'
            when device is null then 'no_device'
            when start_text is null then 'no_start_time'
            when start_at is null then 'bad_start_time'
            {{ time_rejection_reasons('event_text', 'event_at') }}
            when start_at > event_at then 'start_after_event'
        end as invalid_reason
    from parsed

),

candidates as (

    {{ with_stored_repeats('checked', columns, 'payload', same, stored_dates) }}

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
    user_id,
    program_id,
    start_at,
    session_id,
    device,
    event_at,
    event_date,
    rejection_reason,
    raw_record,
    extra_columns,
    {{ change_number() }} as change_number,
    loaded_at,
    source_file,
    source_position
from deduplicated
where is_new or rejection_reason is distinct from stored_reason
