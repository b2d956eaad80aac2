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
            case
                when strpos(log_line, chr(13)) > 0 or strpos(log_line, chr(10)) > 0 then rtrim(log_line, chr(13) || chr(10))
                else log_line
            end as line_without_end,
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
            {{ is_log_field_repeated('padded_line', 'user') }}
            or {{ is_log_field_repeated('padded_line', 'event') }} as is_key_repeated
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
                else nullif(trim(
                    replace(
                        replace(
                            substr(padded_line, strpos(trimmed_line, '|') + 1),
                            '|user=' || user_field || '|', '|'
                        ),
                        '|event=' || event_field || '|', '|'
                    ),
                    '|'
                ), '')
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

{# The branches of a rejection `case` for what makes one log line alone unreadable or unwelcome. #}
{% macro log_line_rejection_reasons() -%}
    {{ line_rejection_reasons() }}
    when trimmed_line is null then 'empty_line'
    when length(log_line) > {{ setting('maximum_log_line_length') }} then 'line_too_long'
    when strpos(log_line, {{ nul_character() }}) > 0 then 'nul_character'
    when strpos(trimmed_line, '|') = 0 then 'no_separator'
    when event_date is null then 'bad_date'
    when is_key_repeated then 'repeated_key'
    {{ user_rejection_reasons('user_text', 'user_id') }}
    when event_name is null then 'no_event'
    when cast(event_date as timestamp) > {{ plus_seconds('loaded_at', setting('maximum_seconds_ahead_of_arrival')) }} then 'future'
{%- endmacro %}

{#
    The value of a key in a log line; null where the line does not have the key, or has it without a value. The line comes with a `|`
    put before and after it, so that every field is `|key=value|`.
#}
{% macro log_field(padded_line, key) -%}
    nullif({{ dbt.split_part(dbt.split_part(padded_line, "'|" ~ key ~ "='", 2), "'|'", 1) }}, '')
{%- endmacro %}

{# Whether a log line (with a `|` put before and after it) has a key more than once. #}
{% macro is_log_field_repeated(padded_line, key) -%}
    coalesce({{ dbt.split_part(padded_line, "'|" ~ key ~ "='", 3) }}, '') <> ''
{%- endmacro %}
