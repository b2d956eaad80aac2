{{
    config(
        materialized='incremental',
        meta={
            'is_change_feed': true, 'scope': 'own_rows', 'scope_columns': ['loaded_at', 'source_file', 'source_position'], 'day': 'event_date'
        },
        partition_by=partition_by_day('event_date'),
        cluster_by=['change_number', 'user_id']
    )
}}
{%- set columns = 'event_date, user_id, event_name, extra, extra_columns, loaded_at, source_file, source_position' -%}
{%- set new_records = new_records('app_logs') -%}
{%- set date_text = 'trim(' ~ dbt.split_part('log_line', "'|'", 1) ~ ", ' ')" -%}
{%- set new_event_dates = dates_of_new_records(new_records, date_or_null(date_text)) %}

with

parsed as (

    {{ parsed_log_lines(new_records) }}

),

checked as (

    select
        *,
        case
            when trimmed_line is null then 'empty_line'
            when length(log_line) > {{ var('maximum_log_line_length') }} then 'line_too_long'
            when strpos(log_line, {{ nul_character() }}) > 0 then 'nul_character'
            when strpos(trimmed_line, '|') = 0 then 'no_separator'
            when event_date is null then 'bad_date'
            when is_key_repeated then 'repeated_key'
            {{ user_rejection_reasons('user_text', 'user_id') }}
            when event_name is null then 'no_event'
            when cast(event_date as timestamp) > {{ plus_days('loaded_at', var('maximum_days_ahead_of_arrival')) }} then 'future'
        end as invalid_reason
    from parsed

),

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
            from parsed
            where parsed.source_file = known_lines.source_file and parsed.source_position = known_lines.source_position
        )
    {% else %}
    select {{ columns }}, invalid_reason as rejection_reason
    from checked
    where false
    {% endif %}

),

candidates as (

    select {{ columns }}, true as is_new, invalid_reason as stored_reason
    from checked
    where invalid_reason is null

    union all

    select {{ columns }}, false as is_new, rejection_reason as stored_reason
    from stored_lines

),

repeated_places as (

    select
        source_file,
        source_position
    from candidates
    group by source_file, source_position
    having count(*) > 1

),

-- What the same place of the same file delivered before is the same record again; the first arrival counts.
decided as (

    select
        candidates.*,
        case
            when
                row_number() over (
                    partition by
                        candidates.source_file, candidates.source_position,
                        candidates.event_date, candidates.user_id, candidates.event_name, candidates.extra
                    order by candidates.loaded_at
                ) > 1
                then 'redelivered'
        end as rejection_reason
    from candidates
    inner join repeated_places
        on
            candidates.source_file = repeated_places.source_file
            and candidates.source_position = repeated_places.source_position

)

select
    checked.event_date,
    checked.user_id,
    checked.event_name,
    checked.extra,
    coalesce(checked.invalid_reason, decided.rejection_reason) as rejection_reason,
    case when checked.invalid_reason is not null then checked.log_line end as log_line,
    checked.extra_columns,
    {{ next_change_number() }} as change_number,
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
    {{ next_change_number() }} as change_number,
    loaded_at,
    source_file,
    source_position
from decided
where not is_new and rejection_reason is distinct from stored_reason
{{ stored_in_order_of('event_date') }}
