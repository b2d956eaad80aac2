{{ config(materialized='incremental', meta={'scope': 'everything'}, cluster_by=['user_id']) }}

with

changes as (

    select
        *,
        lag(changed_at) over by_time as previous_changed_at,
        lag(user_name) over by_time as previous_user_name,
        lag(email) over by_time as previous_email,
        lag(country) over by_time as previous_country,
        lag(created_at) over by_time as previous_created_at,
        lag(is_active) over by_time as previous_is_active,
        lag(has_identity_record) over by_time as previous_has_identity_record
    from {{ ref('int_activity__user_changes') }}
    window by_time as (partition by user_id order by changed_at)

),

versions as (

    select
        *,
        lead(changed_at) over (partition by user_id order by changed_at) as next_changed_at,
        row_number() over (partition by user_id order by changed_at) as version_number
    from changes
    -- A record that repeats what is known makes no new version.
    where
        previous_changed_at is null
        or user_name is distinct from previous_user_name
        or email is distinct from previous_email
        or country is distinct from previous_country
        or created_at is distinct from previous_created_at
        or is_active is distinct from previous_is_active
        or has_identity_record is distinct from previous_has_identity_record

),

-- The order of the users table: by the first arrival of each user.
first_arrivals as (

    select
        user_id,
        loaded_at,
        source_file,
        source_position
    from {{ ref('stg_shop__users') }}
    qualify
        row_number() over (
            partition by user_id
            order by loaded_at, source_file, source_position
        ) = 1

),

numbered as (

    select
        user_id,
        row_number() over (order by loaded_at, source_file, source_position) as user_number
    from first_arrivals

)

select
    {{ dbt.hash("cast(versions.user_id as string) || '|' || cast(" ~ unix_microseconds('versions.changed_at') ~ " as string)") }}
        as user_version_id,
    versions.user_id,
    numbered.user_number,
    versions.version_number,
    versions.user_name,
    versions.email,
    versions.country,
    versions.created_at,
    versions.is_active,
    versions.has_identity_record,
    versions.changed_at as valid_from,
    versions.next_changed_at as valid_to,
    versions.next_changed_at is null as is_current,
    case
        when versions.previous_changed_at is null then date '0001-01-01'
        else {{ date_in_reporting_timezone('versions.changed_at') }}
    end as effective_from_date,
    coalesce({{ date_in_reporting_timezone('versions.next_changed_at') }}, date '9999-12-31') as effective_to_date,
    versions.known_at
from versions
inner join numbered
    on versions.user_id = numbered.user_id
where {{ inputs_changed() }}
