{#
    Log lines split into their fields, as a query: the first field is the date, the rest are `key=value` pairs, read by key; with the
    reason for which a line is rejected whatever other lines say. `records` is something to select raw records from.
#}
{% macro checked_log_lines(records) -%}
    with
    lines as (

        select
            cast(coalesce({{ malformed_line('app_logs') }}, log_line) as string) as log_line,
            {{ malformed_line('app_logs') }} as malformed_line,
            -- a line end, Windows' included, is no part of the line
            case when strpos(log_line, chr(13)) > 0 or strpos(log_line, chr(10)) > 0 then rtrim(log_line, chr(13) || chr(10)) else log_line end
                as line_without_end,
            {{ extra_raw_columns('app_logs') }} as extra_columns,
            loaded_at,
            source_file,
            source_position
        from {{ records }}

    ),

    trimmed as (

        select
            *,
            {{ text_or_null('line_without_end') }} as trimmed_line,
            '|' || {{ text_or_null('line_without_end') }} || '|' as padded_line
        from lines

    ),

    fields as (

        select
            *,
            {{ dbt.split_part('trimmed_line', "'|'", 1) }} as date_field,
            {{ log_field('padded_line', 'user') }} as user_field,
            {{ log_field('padded_line', 'event') }} as event_field,
            {{ is_log_field_repeated('padded_line', 'user') }} or {{ is_log_field_repeated('padded_line', 'event') }} as is_key_repeated
        from trimmed

    ),

    texts as (

        select
            *,
            {{ text_or_null('date_field') }} as date_text,
            {{ text_or_null('user_field') }} as user_text,
            {{ text_or_null('event_field') }} as event_name
        from fields

    ),

    parsed as (

        select
            *,
            {{ date_or_null('date_text') }} as event_date,
            {{ user_id_or_null('user_text') }} as user_id,
            -- What is left of the line without its date, user and event. Most lines have nothing else, which their length tells.
            case
                when length(trimmed_line) = length(date_field || '|user=' || user_field || '|event=' || event_field) then null
                else nullif(trim(replace(
                    replace(substr(padded_line, strpos(trimmed_line, '|') + 1), '|user=' || user_field || '|', '|'),
                    '|event=' || event_field || '|', '|'
                ), '|'), '')
            end as extra
        from texts

    )

    select
        *,
        case
            {{ log_line_rejection_reasons() }}
        end as rejection_reason
    from parsed
{%- endmacro %}
