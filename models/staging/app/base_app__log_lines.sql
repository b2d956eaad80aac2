{{
    config(
        materialized='incremental',
        unique_key=['loaded_at', 'source_file', 'source_position'],
        meta={'day': 'event_date'},
        partition_by=partition_by_day('event_date'),
        cluster_by=['change_number', 'user_id'],
        post_hook='{{ say_which_fields_are_new("app_logs", column="extra", known=["user", "event"]) }}'
    )
}}
{%- set columns = 'event_date, user_id, event_name, extra, extra_columns, loaded_at, source_file, source_position' -%}
{%- set place = 'source_file, source_position' -%}
{%- set new_records = new_records('app_logs') -%}
{%- set date_text = 'trim(' ~ dbt.split_part('log_line', "'|'", 1) ~ ", ' ')" -%}
{%- set new_event_dates = dates_of_new_records(new_records, date_or_null(date_text)) %}

with

-- Only new lines are news, but a new one may have arrived before a stored one.
stored_lines as (

    {% if is_incremental() %}
    select {{ columns }}, rejection_reason
    from {{ this }} as known_lines
    where
        event_date in ({{ new_event_dates }})
        and (rejection_reason is null or rejection_reason = 'redelivered')
        and exists (
            select 1
            from {{ new_records }}
            where new_records.source_file = known_lines.source_file and new_records.source_position = known_lines.source_position
        )
    {% else %}
    select {{ columns }}, rejection_reason
    from ({{ checked_log_lines(new_records) }}) as no_lines
    where false
    {% endif %}

),

repeated_places as (

    select {{ place }}
    from (
        select {{ place }}
        from {{ new_records }}

        union all

        select {{ place }}
        from stored_lines
    ) as places
    group by {{ place }}
    having count(*) > 1

),

new_lines as (

    select *
    from {{ new_records }}

),

-- Few places deliver twice. Their lines are parsed apart, so that all others pass without being kept in memory.
repeatedly_delivered as (

    select new_lines.*
    from new_lines
    inner join repeated_places
        on
            new_lines.source_file = repeated_places.source_file
            and new_lines.source_position = repeated_places.source_position

),

candidates as (

    select {{ columns }}, true as is_new, rejection_reason as stored_reason
    from ({{ checked_log_lines('repeatedly_delivered') }}) as repeated_lines
    where rejection_reason is null

    union all

    select {{ columns }}, false as is_new, rejection_reason as stored_reason
    from stored_lines

),

-- What the same place of the same file delivered before is the same record again; the first arrival counts.
decided as (

    select
        *,
        case
            when
                row_number() over (
                    partition by source_file, source_position, event_date, user_id, event_name, extra
                    order by loaded_at
                ) > 1
                then 'redelivered'
        end as rejection_reason
    from candidates

),

checked as (

    {{ checked_log_lines(new_records) }}

)

select
    checked.event_date,
    checked.user_id,
    checked.event_name,
    checked.extra,
    coalesce(checked.rejection_reason, decided.rejection_reason) as rejection_reason,
    case when checked.rejection_reason is not null then checked.log_line end as log_line,
    checked.extra_columns,
    {{ change_number() }} as change_number,
    checked.loaded_at,
    checked.source_file,
    checked.source_position
from checked
left join decided
    on
        checked.source_file = decided.source_file
        and checked.source_position = decided.source_position
        and checked.loaded_at = decided.loaded_at
        and decided.is_new

union all

select
    event_date,
    user_id,
    event_name,
    extra,
    rejection_reason,
    cast(null as string) as log_line,
    extra_columns,
    {{ change_number() }} as change_number,
    loaded_at,
    source_file,
    source_position
from decided
where not is_new and rejection_reason is distinct from stored_reason
