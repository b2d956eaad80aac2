with

current_users as (

    select *
    from {{ ref('int_activity__user_history') }}
    where is_current

)

select
    metrics.user_id,
    metrics.user_name,
    metrics.total_events,
    metrics.total_orders,
    metrics.total_revenue,
    case when current_users.has_identity_record then 'inactive' else 'no_identity_record' end as not_loaded_reason
from {{ ref('int_activity__user_metrics') }} as metrics
left join current_users
    on metrics.user_id = current_users.user_id
where
    not exists (
        select 1
        from {{ ref('int_activity__active_users') }} as active_users
        where active_users.user_id = metrics.user_id
    )
