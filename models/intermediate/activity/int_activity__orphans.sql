{{
    config(
        materialized='incremental',
        meta={
            'scope': 'int_activity__touched_orphans',
            'scope_columns': {
                'activity_date': 'activity_date', 'source_table': 'source_table', 'loaded_at': 'loaded_at', 'source_file': 'source_file',
                'source_position': 'source_position'
            },
            'day': 'activity_date'
        }
    )
}}

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
from records
where
    {{ is_touched(
        'int_activity__touched_orphans',
        {
            'source_table': 'records.source_table', 'activity_date': 'records.activity_date', 'loaded_at': 'records.loaded_at',
            'source_file': 'records.source_file', 'source_position': 'records.source_position'
        },
        day='activity_date'
    ) }}
    and not exists (
        select 1
        from known_users
        where known_users.user_id = records.user_id
    )
