{{
    config(
        materialized='incremental',
        unique_key=['log_name', 'change_date', 'minute_at'],
        meta={'day': 'change_date'},
        partition_by=partition_by_day('change_date'),
        post_hook='{{ say_which_logs_began_anew() }}'
    )
}}
{%- set minute = dbt.date_trunc('minute', 'changed_at') -%}
{%- set news = new_rows(ref('base_shipping__shipment_changes'), day='change_date') -%}
{%- set dates = dates_in('select distinct change_date from ' ~ news) if is_incremental() -%}
{%- set places = ['highest_log_number', 'highest_log_offset', 'highest_at'] -%}
{%- set orders = ['restarted_after_at', 'left_log_number', 'left_log_offset', 'is_first_of_several_logs'] %}

with

-- The highest position of each minute, and when it was reached; minutes of days without news are as they were known.
minutes as (

    select
        log_name,
        change_date,
        {{ minute }} as minute_at,
        log_number as highest_log_number,
        log_offset as highest_log_offset,
        changed_at as highest_at
    from {{ ref('stg_shipping__shipment_changes') }}
    where {{ 'change_date in (' ~ dates ~ ')' if is_incremental() else 'true' }}
    qualify
        row_number() over (
            partition by log_name, change_date, {{ minute }}
            order by log_number desc, log_offset desc, changed_at desc
        ) = 1
    {%- if is_incremental() %}

    union all

    select
        log_name,
        change_date,
        minute_at,
        {{ places | join(', ') }}
    from {{ this }}
    where change_date not in ({{ dates }})
    {%- endif %}

),

compared as (

    select
        *,
        lag(highest_log_number) over by_time as previous_log_number,
        lag(highest_log_offset) over by_time as previous_log_offset,
        lag(highest_at) over by_time as previous_highest_at,
        case
            when row_number() over by_time = 1 and min(log_name) over () <> max(log_name) over () then true
        end as is_first_of_several_logs
    from minutes
    window by_time as (partition by log_name order by minute_at, change_date)

),

-- The positions of a log rise. Where the highest of a minute is below that of the minute before, the log has begun anew.
restarts as (

    select
        log_name,
        change_date,
        minute_at,
        {{ places | join(', ') }},
        is_first_of_several_logs,
        case when {{ is_position_before('highest', 'previous') }} then previous_highest_at end as restarted_after_at,
        case when {{ is_position_before('highest', 'previous') }} then previous_log_number end as left_log_number,
        case when {{ is_position_before('highest', 'previous') }} then previous_log_offset end as left_log_offset,
        cast(0 as int64) as change_number
    from compared

)

select
    restarts.log_name,
    restarts.change_date,
    restarts.minute_at,
    restarts.highest_log_number,
    restarts.highest_log_offset,
    restarts.highest_at,
    restarts.restarted_after_at,
    restarts.left_log_number,
    restarts.left_log_offset,
    restarts.is_first_of_several_logs,
    -- What the order of changes depends on is news for the readers of this table; that a log goes on is none.
    case
        {%- for column in orders %}
        when (restarts.{{ column }} is distinct from known.{{ column }}) then {{ change_number() }}
        {%- endfor %}
        else coalesce(known.change_number, 0)
    end as change_number
from restarts
left join {{ this if is_incremental() else '(select * from restarts where false)' }} as known
    on
        restarts.log_name = known.log_name
        and restarts.change_date = known.change_date
        and restarts.minute_at = known.minute_at
where
    known.minute_at is null
    {%- for column in places + orders %}
    or restarts.{{ column }} is distinct from known.{{ column }}
    {%- endfor %}
