{{
    config(
        materialized='incremental',
        meta={
            'scope': 'int_activity__touched_fact_user_days', 'scope_columns': {'activity_date': 'metric_date', 'user_id': 'user_id'},
            'day': 'metric_date'
        },
        partition_by=partition_by_day('metric_date'),
        cluster_by=['user_id']
    )
}}

with

metrics as (

    select metrics.*
    from {{ ref('int_activity__daily_user_metrics') }} as metrics
    where
        {{ is_touched(
            'int_activity__touched_fact_user_days',
            {'activity_date': 'metrics.metric_date', 'user_id': 'metrics.user_id'},
            day='activity_date'
        ) }}

),

users as (

    select *
    from {{ ref('int_activity__user_history') }}
    where not is_active

)

select
    metrics.metric_date,
    metrics.user_id,
    users.user_name,
    metrics.total_events,
    metrics.total_orders,
    metrics.total_revenue,
    case when users.has_identity_record then 'inactive' else 'no_identity_record' end as not_loaded_reason
from metrics
inner join users
    on
        metrics.user_id = users.user_id
        and metrics.metric_date >= users.effective_from_date
        and metrics.metric_date < users.effective_to_date
{{ stored_in_order_of('metric_date') }}
