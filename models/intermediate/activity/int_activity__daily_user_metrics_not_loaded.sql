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
    select
        metric_date,
        user_id
    from ({{ user_days__scope() }}) as changed_user_days

    union distinct

    {{ days_of_changed_users__scope() }}
{% endcall %}

select
    daily_metrics.metric_date,
    daily_metrics.user_id,
    versions.user_name,
    daily_metrics.total_events,
    daily_metrics.total_orders,
    daily_metrics.total_revenue,
    case when versions.has_identity_record then 'inactive' else 'no_identity_record' end as not_loaded_reason
from {{ in_scope(ref('int_activity__daily_user_metrics')) }} as daily_metrics
inner join {{ ref('int_activity__user_history') }} as versions
    on
        daily_metrics.user_id = versions.user_id
        and daily_metrics.metric_date >= versions.effective_from_date
        and daily_metrics.metric_date < versions.effective_to_date
where not versions.is_active
