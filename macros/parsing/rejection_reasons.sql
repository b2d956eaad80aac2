{# Branches of a `case` that says why a record is rejected; null where none applies. #}

{# The branch of a rejection `case` for a line that is no record of its file's format. #}
{% macro line_rejection_reasons() -%}
    when malformed_line is not null then 'malformed_line'
{%- endmacro %}

{# The branches of a rejection `case` for a user id: missing, or text that is none, see user_ids.sql. #}
{% macro user_rejection_reasons(user_text, user_id) -%}
    when {{ user_text }} is null then 'no_user'
        {{ user_value_rejection_reasons(user_text, user_id) }}
{%- endmacro %}

{# The same for sources where a record without a user is fine. #}
{% macro user_value_rejection_reasons(user_text, user_id) -%}
    {%- if are_user_ids_text() -%}
    when {{ user_id }} is null and {{ user_text }} is not null then 'user_too_long'
    {%- else -%}
    when {{ user_id }} is null and {{ user_text }} is not null
            then case when {{ is_integer_text(user_text) }} then 'user_out_of_range' else 'user_not_integer' end
        when {{ user_id }} <= 0 then 'user_out_of_range'
    {%- endif -%}
{%- endmacro %}

{# The branches of a rejection `case` for a time: missing, unreadable, or further ahead of its own arrival than allowed. #}
{% macro time_rejection_reasons(time_text, parsed_at) -%}
    when {{ time_text }} is null then 'no_time'
        when {{ parsed_at }} is null then 'bad_time'
        when {{ parsed_at }} > {{ plus_seconds('loaded_at', setting('maximum_seconds_ahead_of_arrival')) }} then 'future'
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

{# The branches of a rejection `case` for a message that has no fields to read: nothing there, not JSON, or JSON without fields. #}
{% macro message_rejection_reasons() -%}
    {{ line_rejection_reasons() }}
            when {{ text_or_null('payload') }} is null then 'empty_message'
            when document is null then 'not_json'
            when not is_object then 'not_an_object'
{%- endmacro %}

{#
    The branch of a rejection `case` for a record that is the same in these columns as one that arrived before: the first counts. Records
    that are rejected for another reason have no part in it.
#}
{% macro repeat_rejection_reasons(same_columns) -%}
    when
            row_number() over (
                partition by {{ same_columns | join(', ') }}, invalid_reason
                order by loaded_at, source_file, source_position
            ) > 1
            then 'exact_duplicate'
{%- endmacro %}

{#
    A raw record as one line of text, `column=value|…`, nulls left out, or its malformed line: what the rejected records show to a person.
    `columns` names for each raw column the expression that holds its text.
#}
{% macro raw_record(columns) -%}
    coalesce(malformed_line, '') ||
    {%- for column, text in columns.items() %}
        coalesce('{{ column }}=' || {{ text }} || '|', ''){% if not loop.last %} || {% endif %}
    {%- endfor %}
{%- endmacro %}
