{{ config(materialized='incremental', cluster_by=['user_id']) }}

with

versions as (

    {{ scd2_versions(
        ref('int_activity__user_changes'), 'user_id', 'changed_at',
        tracked=['user_name', 'email', 'country', 'created_at', 'is_active', 'has_identity_record']
    ) }}

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
    versions.known_at,
    versions.evidence_id
from versions
inner join numbered
    on versions.user_id = numbered.user_id
