{{
    config(
        materialized='incremental',
        unique_key=['metric_date', 'user_id'],
        meta={'day': 'metric_date'},
        partition_by=partition_by_day('metric_date'),
        cluster_by=['user_id']
    )
}}

-- A day that comes into the range or leaves it concerns every user.
{% call scope() %}
    with

    changed_user_days as (

        {{ user_days__scope() }}

    ),

    changed_dates as (

        select distinct metric_date
        from changed_user_days

    )

    select
        metric_date,
        user_id
    from changed_user_days

    union distinct

    {{ days_of_changed_users__scope() }}

    union distinct

    select
        changed_dates.metric_date,
        users.user_id
    from changed_dates
    cross join {{ ref('int_activity__user_history') }} as users
    left join (select distinct metric_date from {{ ref('int_activity__daily_user_metrics') }}) as days
        on changed_dates.metric_date = days.metric_date
    left join (select distinct metric_date from {{ this }}) as days_before
        on changed_dates.metric_date = days_before.metric_date
    where
        users.is_current
        and (
            (days.metric_date is null) <> (days_before.metric_date is null)
            or changed_dates.metric_date in ({{ date_literals(rebuilt_days()) }})
        )
{% endcall %}

with

-- A day is in the range when any accepted event or order falls on it.
days as (

    select distinct metric_date
    from {{ in_scope(ref('int_activity__daily_user_metrics'), user_id=none) }}

),

user_days as (

    select
        days.metric_date,
        user_scope.user_id
    from days
    {% if is_incremental() -%}
    inner join {{ scope_table() }} as user_scope
        on days.metric_date = user_scope.metric_date
    {%- else -%}
    cross join (select distinct user_id from {{ ref('int_activity__user_history') }}) as user_scope
    {%- endif %}

),

active_user_days as (

    select
        user_days.metric_date,
        user_days.user_id,
        versions.user_name,
        versions.country
    from user_days
    inner join {{ ref('int_activity__user_history') }} as versions
        on
            user_days.user_id = versions.user_id
            and user_days.metric_date >= versions.effective_from_date
            and user_days.metric_date < versions.effective_to_date
    where versions.is_active

)

select
    active_user_days.metric_date,
    active_user_days.user_id,
    active_user_days.user_name,
    active_user_days.country,
    coalesce(metrics.total_events, 0) as total_events,
    coalesce(metrics.total_orders, 0) as total_orders,
    cast(coalesce(metrics.total_revenue, 0) as numeric(38, 9)) as total_revenue
from active_user_days
left join {{ in_scope(ref('int_activity__daily_user_metrics')) }} as metrics
    on
        active_user_days.metric_date = metrics.metric_date
        and active_user_days.user_id = metrics.user_id
