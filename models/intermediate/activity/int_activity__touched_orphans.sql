{{ config(materialized='table', meta={'bookkeeping': true}) }}
{%- set stored_orphans = as_last_run_left('int_activity__orphans') %}

with

known_users as (

    select user_id
    from {{ ref('int_activity__user_history') }}
    where is_current

),

changed_records as (

    select
        'app_logs' as source_table,
        user_id,
        event_date as activity_date,
        loaded_at,
        source_file,
        source_position
    from {{ ref('base_app__log_lines') }}
    where
        {{ changed_since_last_run('base_app__log_lines', day='event_date') }}
        and (rejection_reason is null or rejection_reason = 'redelivered')

    union all

    select
        'active_users' as source_table,
        user_id,
        {{ date_in_reporting_timezone('updated_at') }} as activity_date,
        loaded_at,
        source_file,
        source_position
    from {{ ref('base_shop__active_users') }}
    where
        {{ changed_since_last_run('base_shop__active_users', day=date_in_reporting_timezone('updated_at')) }}
        and rejection_reason is null

    union all

    select
        'orders' as source_table,
        user_id,
        order_date as activity_date,
        loaded_at,
        source_file,
        source_position
    from {{ ref('int_orders__touched_orders') }}

)

select
    source_table,
    activity_date,
    loaded_at,
    source_file,
    source_position
from changed_records
where
    not exists (
        select 1
        from known_users
        where known_users.user_id = changed_records.user_id
    )
{% if stored_orphans %}
union distinct

-- Their users have become known since.
select
    stored_records.source_table,
    stored_records.activity_date,
    stored_records.loaded_at,
    stored_records.source_file,
    stored_records.source_position
from {{ stored_orphans }} as stored_records
inner join known_users
    on stored_records.user_id = known_users.user_id
{% endif %}
