{{
    config(
        materialized='incremental',
        unique_key=['loaded_at', 'source_file', 'source_position'],
        cluster_by=['user_id'],
        post_hook='{{ say_which_fields_are_new("users") }}'
    )
}}

with

cleaned as (

    select
        {{ text_or_null('user_id') }} as user_text,
        {{ text_or_null('user_name') }} as user_name,
        {{ text_or_null('email') }} as email,
        {{ text_or_null('country') }} as country,
        {{ text_or_null('created_at') }} as created_text,
        {{ text_or_null('updated_at') }} as updated_text,
        extra_columns,
        malformed_line,
        payload,
        change_rejection,
        source_changed_at,
        log_number,
        log_offset,
        log_row,
        loaded_at,
        source_file,
        source_position
    from {{ rows_or_changes('users', table=setting('user_table'), key='user_id', columns={
        'user_name': 'text', 'email': 'text', 'country': 'text', 'created_at': 'time', 'updated_at': 'time'
    }) }}

),

parsed as (

    select
        *,
        {{ user_id_or_null('user_text') }} as user_id,
        {{ timestamp_or_null('created_text') }} as created_at,
        {{ timestamp_or_null('updated_text') }} as updated_at
    from cleaned

),

checked as (

    select
        *,
        case
            {{ line_rejection_reasons() }}
            when change_rejection is not null then change_rejection
            {{ user_rejection_reasons('user_text', 'user_id') }}
            when user_name is null then 'no_user_name'
            {{ time_rejection_reasons('updated_text', 'updated_at') }}
            when created_text is not null and created_at is null then 'bad_created_at'
        end as rejection_reason
    from parsed

)

select
    user_id,
    user_name,
    email,
    country,
    created_at,
    updated_at,
    source_changed_at,
    log_number,
    log_offset,
    log_row,
    rejection_reason,
    case
        when rejection_reason is not null
            then coalesce(payload, {{ raw_record({
                'user_id': 'user_text', 'user_name': 'user_name', 'email': 'email', 'country': 'country',
                'created_at': 'created_text', 'updated_at': 'updated_text'
            }) }})
    end as raw_record,
    extra_columns,
    {{ change_number() }} as change_number,
    loaded_at,
    source_file,
    source_position
from checked
