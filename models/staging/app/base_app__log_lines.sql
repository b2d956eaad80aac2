{{ config(materialized='table', partition_by=partition_by_day('event_date'), cluster_by=['user_id']) }}

with

lines as (

    select
        cast(log_line as string) as log_line,
        -- a line end, Windows' included, is no part of the line
        {{ text_or_null(
            "case when strpos(log_line, chr(13)) > 0 or strpos(log_line, chr(10)) > 0"
            ~ " then rtrim(log_line, chr(13) || chr(10)) else log_line end"
        ) }} as trimmed_line,
        loaded_at,
        source_file,
        source_position
    from {{ raw_table('app_logs') }}

),

padded as (

    select
        *,
        '|' || trimmed_line || '|' as padded_line
    from lines

),

fields as (

    select
        *,
        {{ text_or_null(dbt.split_part('trimmed_line', "'|'", 1)) }} as date_text,
        {{ log_field('padded_line', 'user') }} as user_field,
        {{ log_field('padded_line', 'event') }} as event_field,
        {{ is_log_field_repeated('padded_line', 'user') }}
        or {{ is_log_field_repeated('padded_line', 'event') }} as is_key_repeated
    from padded

),

parsed as (

    select
        *,
        {{ date_or_null('date_text') }} as event_date,
        {{ text_or_null('user_field') }} as user_text,
        {{ integer_or_null(text_or_null('user_field')) }} as user_id,
        {{ text_or_null('event_field') }} as event_name,
        -- what is left of the line without its date, user and event
        nullif(trim(
            replace(
                replace(
                    substr(padded_line, strpos(trimmed_line, '|') + 1),
                    '|user=' || user_field || '|', '|'
                ),
                '|event=' || event_field || '|', '|'
            ),
            '|'
        ), '') as extra
    from fields

),

-- A line that the same place of the same file delivered before is the same record again.
repeated_positions as (

    select
        source_file,
        source_position
    from lines
    group by source_file, source_position
    having count(*) > 1

),

redelivered as (

    select
        lines.source_file,
        lines.source_position,
        lines.loaded_at
    from lines
    inner join repeated_positions
        on
            lines.source_file = repeated_positions.source_file
            and lines.source_position = repeated_positions.source_position
    qualify
        row_number() over (
            partition by lines.source_file, lines.source_position, lines.log_line
            order by lines.loaded_at
        ) > 1

),

checked as (

    select
        parsed.*,
        case
            when parsed.trimmed_line is null then 'empty_line'
            when length(parsed.log_line) > {{ var('maximum_log_line_length') }} then 'line_too_long'
            when strpos(parsed.log_line, {{ nul_character() }}) > 0 then 'nul_character'
            when strpos(parsed.trimmed_line, '|') = 0 then 'no_separator'
            when parsed.event_date is null then 'bad_date'
            when parsed.is_key_repeated then 'repeated_key'
            {{ user_rejection_reasons('parsed.user_text', 'parsed.user_id') }}
            when parsed.event_name is null then 'no_event'
            when
                cast(parsed.event_date as timestamp)
                > {{ plus_days('parsed.loaded_at', var('maximum_days_ahead_of_arrival')) }}
                then 'future'
            when redelivered.loaded_at is not null then 'redelivered'
        end as rejection_reason
    from parsed
    left join redelivered
        on
            parsed.source_file = redelivered.source_file
            and parsed.source_position = redelivered.source_position
            and parsed.loaded_at = redelivered.loaded_at

)

select
    event_date,
    user_id,
    event_name,
    extra,
    rejection_reason,
    case when rejection_reason is not null then log_line end as log_line,
    loaded_at,
    source_file,
    source_position
from checked
