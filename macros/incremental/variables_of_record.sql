{# The variables that decide what rows come out, as text. What was built with others has to be built again. #}
{% macro variables_of_record() -%}
    {%- set values = [] -%}
    {%- for name in [
        'raw_from', 'raw_schema', 'reporting_timezone', 'maximum_days_ahead_of_arrival', 'maximum_log_line_length', 'maximum_order_amount',
        'session_timeout_seconds', 'session_identity_columns', 'user_event_window_seconds', 'user_event_allowed_lateness_seconds',
        'user_event_late_rule', 'duplicate_horizon_seconds', 'event_id_retention_seconds', 'activity_join_tolerance_seconds',
        'activity_window_seconds', 'activity_watermark_delay_seconds', 'order_window_seconds', 'order_watermark_delay_seconds',
        'playback_timeout_seconds', 'scan_window_seconds', 'scan_watermark_delay_seconds', 'scan_allowed_lateness_seconds'
    ] if name != 'raw_schema' or var('raw_from') == 'source' -%}
        {%- set value = var(name) -%}
        {%- do values.append(name ~ '=' ~ (value if value is string or value is not sequence else value | join('+'))) -%}
    {%- endfor -%}
    {{ return(values | join(' ')) }}
{%- endmacro %}
