{# The branches of a rejection `case` for a time: missing, unreadable, or further ahead of its own arrival than allowed. #}
{% macro time_rejection_reasons(time_text, parsed_at) -%}
    when {{ time_text }} is null then 'no_time'
        when {{ parsed_at }} is null then 'bad_time'
        when {{ parsed_at }} > {{ plus_days('loaded_at', setting('maximum_days_ahead_of_arrival')) }} then 'future'
{%- endmacro %}
