{# The users and days, as a query, whose log lines or orders have changed. #}
{% macro user_days__scope() -%}
    select
        event_date as metric_date,
        user_id
    from {{ new_rows(ref('base_app__log_lines'), day='event_date') }} as new_lines
    where rejection_reason is null or rejection_reason = 'redelivered'

    union distinct

    select
        order_date as metric_date,
        user_id
    from ({{ orders__scope() }}) as changed_orders
{%- endmacro %}

{#
    The users, as a query, of whom something has arrived, and from which day on their record may be another. A change of a user counts from its day on; the
    first of its kind also for all days before.
#}
{% macro changed_users__scope() -%}
    {% for table in ['users', 'active_users'] -%}
    select
        changes.user_id,
        case
            when changes.updated_at > first_records.updated_at then {{ date_in_reporting_timezone('changes.updated_at') }}
            else date '0001-01-01'
        end as changed_from_date
    from {{ new_rows(ref('base_shop__' ~ table)) }} as changes
    inner join (
        select
            user_id,
            min(updated_at) as updated_at
        from {{ ref('stg_shop__' ~ table) }}
        group by user_id
    ) as first_records
        on changes.user_id = first_records.user_id
    where changes.rejection_reason is null
    {% if not loop.last %}
    union all

    {% endif %}
    {%- endfor %}
{%- endmacro %}

{# The days, of those with an event or an order, from which on a user's record may be another. #}
{% macro days_of_changed_users__scope() -%}
    select distinct
        metrics.metric_date,
        changed_users.user_id
    from ({{ changed_users__scope() }}) as changed_users
    inner join (select distinct metric_date from {{ ref('int_activity__daily_user_metrics') }}) as metrics
        on changed_users.changed_from_date <= metrics.metric_date
{%- endmacro %}
