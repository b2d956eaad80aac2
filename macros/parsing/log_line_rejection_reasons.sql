{# The branches of a rejection `case` for what makes one log line alone unreadable or unwelcome. #}
{% macro log_line_rejection_reasons() -%}
    when trimmed_line is null then 'empty_line'
    when length(log_line) > {{ setting('maximum_log_line_length') }} then 'line_too_long'
    when strpos(log_line, {{ nul_character() }}) > 0 then 'nul_character'
    when strpos(trimmed_line, '|') = 0 then 'no_separator'
    when event_date is null then 'bad_date'
    when is_key_repeated then 'repeated_key'
    {{ user_rejection_reasons('user_text', 'user_id') }}
    when event_name is null then 'no_event'
    when cast(event_date as timestamp) > {{ plus_days('loaded_at', setting('maximum_days_ahead_of_arrival')) }} then 'future'
{%- endmacro %}
