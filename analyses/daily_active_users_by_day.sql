-- Daily active users: how many active users had a log event on each day?
select
    metric_date,
    cast(sum(case when total_events > 0 then 1 else 0 end) as int64) as daily_active_users
from {{ ref('fct_daily_user_metrics') }}
group by metric_date
order by metric_date
