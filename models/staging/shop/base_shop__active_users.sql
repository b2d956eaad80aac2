{{
    config(
        materialized='incremental',
        unique_key=['loaded_at', 'source_file', 'source_position'],
        cluster_by=['user_id']
    )
}}

with

cleaned as (

    select
        {{ text_or_null('user_id') }} as user_text,
        {{ text_or_null('is_active') }} as is_active_text,
        {{ text_or_null('updated_at') }} as updated_text,
        {{ extra_raw_columns('active_users') }} as extra_columns,
        {{ malformed_line('active_users') }} as malformed_line,
        loaded_at,
        source_file,
        source_position
    from {{ new_records('active_users') }}

),

parsed as (

    select
        *,
        {{ user_id_or_null('user_text') }} as user_id,
        {{ boolean_or_null('is_active_text') }} as is_active,
        {{ timestamp_or_null('updated_text') }} as updated_at
    from cleaned

),

checked as (

    select
        *,
        case
            {{ line_rejection_reasons() }}
            {{ user_rejection_reasons('user_text', 'user_id') }}
            when is_active is null then 'is_active_not_boolean'
            {{ time_rejection_reasons('updated_text', 'updated_at') }}
        end as rejection_reason
    from parsed

)

select
    user_id,
    is_active,
    updated_at,
    rejection_reason,
    case
        when rejection_reason is not null
            then {{ raw_record({'user_id': 'user_text', 'is_active': 'is_active_text', 'updated_at': 'updated_text'}) }}
    end as raw_record,
    extra_columns,
    {{ change_number() }} as change_number,
    loaded_at,
    source_file,
    source_position
from checked
