select *
from {{ ref('int_activity__user_metrics') }} as metrics
where
    exists (
        select 1
        from {{ ref('int_activity__active_users') }} as active_users
        where active_users.user_id = metrics.user_id
    )
