{{
    config(
        materialized='incremental',
        unique_key=['metric_date', 'user_id'],
        meta={'day': 'metric_date'},
        partition_by=partition_by_day('metric_date'),
        cluster_by=['user_id']
    )
}}

{% call scope() %}
    {{ user_days__scope() }}

    union distinct

    {{ days_of_changed_users__scope() }}
{% endcall %}

select
    metrics.metric_date,
    metrics.user_id,
    users.user_name,
    metrics.total_events,
    metrics.total_orders,
    metrics.total_revenue,
    case when users.has_identity_record then 'inactive' else 'no_identity_record' end as not_loaded_reason
from {{ in_scope(ref('int_activity__daily_user_metrics')) }} as metrics
inner join {{ ref('int_activity__user_history') }} as users
    on
        metrics.user_id = users.user_id
        and metrics.metric_date >= users.effective_from_date
        and metrics.metric_date < users.effective_to_date
where not users.is_active
