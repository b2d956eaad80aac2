{{
    config(
        materialized='incremental',
        unique_key=['source_table', 'user_id', 'activity_date'],
        meta={'day': 'activity_date'}
    )
}}

-- Records that have changed; and those whose users have become known since.
{% call scope() %}
    select
        'app_logs' as source_table,
        user_id,
        event_date as activity_date
    from {{ new_rows(ref('base_app__log_lines'), day='event_date') }} as new_lines
    where rejection_reason is null or rejection_reason = 'redelivered'

    union distinct

    select
        'orders' as source_table,
        user_id,
        order_date as activity_date
    from ({{ orders__scope() }}) as changed_orders

    union distinct

    {% set date = date_in_reporting_timezone('updated_at') -%}
    select
        'active_users' as source_table,
        user_id,
        {{ date }} as activity_date
    from {{ new_rows(ref('base_shop__active_users'), day=date) }} as new_identities
    where rejection_reason is null

    union distinct

    select
        source_table,
        user_id,
        activity_date
    from {{ this }}
    where user_id in (select users.user_id from {{ ref('int_activity__user_history') }} as users where users.is_current)
{% endcall %}

with

known_users as (

    select user_id
    from {{ ref('int_activity__user_history') }}
    where is_current

),

records as (

    select
        'app_logs' as source_table,
        user_id,
        event_date as activity_date,
        event_name as detail,
        cast(null as numeric(38, 9)) as order_amount,
        loaded_at,
        source_file,
        source_position
    from {{ ref('stg_app__log_events') }}

    union all

    select
        'orders' as source_table,
        user_id,
        order_date as activity_date,
        order_id as detail,
        order_amount,
        loaded_at,
        source_file,
        source_position
    from {{ ref('int_orders__orders_latest') }}

    union all

    select
        'active_users' as source_table,
        user_id,
        {{ date_in_reporting_timezone('updated_at') }} as activity_date,
        case when is_active then 'active' else 'inactive' end as detail,
        cast(null as numeric(38, 9)) as order_amount,
        loaded_at,
        source_file,
        source_position
    from {{ ref('stg_shop__active_users') }}

)

select
    records.source_table,
    records.user_id,
    records.activity_date,
    records.detail,
    records.order_amount,
    'unknown_user' as orphan_reason,
    records.loaded_at,
    records.source_file,
    records.source_position
from {{ in_scope('records') }} as records
where
    not exists (
        select 1
        from known_users
        where known_users.user_id = records.user_id
    )
