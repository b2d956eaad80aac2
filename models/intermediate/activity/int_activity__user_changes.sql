{{ config(materialized='incremental', unique_key=['user_id'], cluster_by=['user_id']) }}

-- Users of whom something has arrived.
{% call scope() %}
    select user_id
    from {{ new_rows(ref('base_shop__users')) }} as new_users
    where rejection_reason is null

    union distinct

    select user_id
    from {{ new_rows(ref('base_shop__active_users')) }} as new_active_users
    where rejection_reason is null
{% endcall %}

with

-- At equal change times the last change in the log counts, and of rows the last to arrive; the same record again is no news,
-- so its first arrival stands.
profile_records as (

    select
        *,
        min(loaded_at) over (partition by user_id, updated_at, user_name, email, country, created_at) as known_at,
        first_value({{ arrival_text() }}) over (
            partition by user_id, updated_at, user_name, email, country, created_at
            order by loaded_at, source_file, source_position
        ) as first_arrival
    from {{ in_scope(ref('stg_shop__users')) }}
    qualify
        row_number() over (
            partition by user_id, updated_at
            order by
                coalesce(source_changed_at, timestamp '0001-01-01 00:00:00') desc, log_number desc, log_offset desc, log_row desc,
                loaded_at desc, source_file desc, source_position desc
        ) = 1

),

identity_records as (

    select
        *,
        min(loaded_at) over (partition by user_id, updated_at, is_active) as known_at,
        first_value({{ arrival_text() }}) over (
            partition by user_id, updated_at, is_active
            order by loaded_at, source_file, source_position
        ) as first_arrival
    from {{ in_scope(ref('stg_shop__active_users')) }}
    qualify
        row_number() over (
            partition by user_id, updated_at
            order by loaded_at desc, source_file desc, source_position desc
        ) = 1

),

profiles as (

    select
        *,
        row_number() over (partition by user_id order by updated_at) as profile_number
    from profile_records

),

identities as (

    select
        *,
        row_number() over (partition by user_id order by updated_at) as identity_number
    from identity_records

),

changes as (

    select
        user_id,
        updated_at as changed_at,
        profile_number,
        0 as identity_number
    from profiles

    union all

    select
        user_id,
        updated_at as changed_at,
        0 as profile_number,
        identity_number
    from identities

),

instants as (

    select
        user_id,
        changed_at,
        max(profile_number) as profile_number,
        max(identity_number) as identity_number
    from changes
    group by user_id, changed_at

),

-- Numbers grow with time, so a running maximum carries the newest record forward; the first one reaches back to the beginning.
carried as (

    select
        user_id,
        changed_at,
        case
            when max(profile_number) over so_far = 0 then 1 else max(profile_number) over so_far
        end as profile_number,
        case
            when max(identity_number) over so_far = 0 then 1 else max(identity_number) over so_far
        end as identity_number
    from instants
    window so_far as (partition by user_id order by changed_at rows between unbounded preceding and current row)

)

select
    carried.user_id,
    carried.changed_at,
    profiles.user_name,
    profiles.email,
    profiles.country,
    profiles.created_at,
    coalesce(identities.is_active, false) as is_active,
    identities.user_id is not null as has_identity_record,
    case
        when identities.known_at > profiles.known_at then identities.known_at
        else profiles.known_at
    end as known_at,
    {{ dbt.hash("profiles.first_arrival || ' ' || coalesce(identities.first_arrival, '')") }} as evidence_id
from carried
-- Known users are those of the users table; what the identity system says of others is an orphan.
inner join profiles
    on
        carried.user_id = profiles.user_id
        and carried.profile_number = profiles.profile_number
left join identities
    on
        carried.user_id = identities.user_id
        and carried.identity_number = identities.identity_number
