{{ config(materialized='table', meta={'bookkeeping': true}) }}
{%- set touched_dates = touched_dates('int_activity__touched_user_days', 'activity_date') -%}
{%- set stored_fact = as_last_run_left('fct_daily_user_metrics') %}

with

touched_user_days as (

    select *
    from {{ ref('int_activity__touched_user_days') }}

),

metrics as (

    select *
    from {{ ref('int_activity__daily_user_metrics') }}

),

users as (

    select user_id
    from {{ ref('int_activity__user_history') }}
    where is_current

),

-- A change of a user counts from its day on; the first of its kind also for all days before.
changed_users as (

    {% for table in ['users', 'active_users'] -%}
    select
        changes.user_id,
        case
            when changes.updated_at > first_records.updated_at then {{ date_in_reporting_timezone('changes.updated_at') }}
            else date '0001-01-01'
        end as changed_from_date
    from {{ ref('base_shop__' ~ table) }} as changes
    inner join (
        select
            user_id,
            min(updated_at) as updated_at
        from {{ ref('stg_shop__' ~ table) }}
        group by user_id
    ) as first_records
        on changes.user_id = first_records.user_id
    where
        {{ changed_since_last_run('base_shop__' ~ table, rows='changes') }}
        and changes.rejection_reason is null
    {% if not loop.last %}
    union all

    {% endif %}
    {%- endfor %}

),

changed_from_dates as (

    select
        user_id,
        min(changed_from_date) as changed_from_date
    from changed_users
    group by user_id

),

days as (

    select distinct metric_date
    from metrics

),

days_before as (

    {% if stored_fact %}
    select distinct metric_date
    from {{ stored_fact }}
    where metric_date in ({{ touched_dates }})
    {% else %}
    select metric_date
    from days
    where false
    {% endif %}

),

-- A day that comes into the range or leaves it concerns every user.
dates_of_all_users as (

    select distinct touched_user_days.activity_date
    from touched_user_days
    left join days
        on touched_user_days.activity_date = days.metric_date
    left join days_before
        on touched_user_days.activity_date = days_before.metric_date
    where
        (days.metric_date is null) <> (days_before.metric_date is null)
        or touched_user_days.activity_date in ({{ date_literals(rebuilt_days()) }})

)

select
    activity_date,
    user_id
from touched_user_days

union distinct

select
    dates_of_all_users.activity_date,
    users.user_id
from dates_of_all_users
cross join users

union distinct

select
    days.metric_date as activity_date,
    changed_from_dates.user_id
from changed_from_dates
inner join days
    on changed_from_dates.changed_from_date <= days.metric_date
