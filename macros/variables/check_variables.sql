{# An on-run-start hook: stops a run whose variables cannot work, with a sentence that says which and what is allowed. #}
{% macro check_variables() %}
    {%- if execute -%}
        {%- do check_numbers() -%}
        {%- if var('maximum_days_ahead_of_arrival', none) is not none -%}
            {%- do exceptions.raise_compiler_error(
                'The variable maximum_days_ahead_of_arrival is called maximum_seconds_ahead_of_arrival now and counts seconds: 86400 for a day.'
            ) -%}
        {%- endif -%}
        {%- do check_stream_variables() -%}
        {%- set kept_from = var('raw_kept_from') -%}
        {%- do check_variable('raw_kept_from', kept_from is none or is_day_text(kept_from), 'a day such as 2025-02-01, or null') -%}
        {%- do check_calendar_variables() -%}
        {%- do check_variable('user_id_type', var('user_id_type') in ['integer', 'string'], 'integer or string') -%}
        {%- set is_currency = modules.re.fullmatch('[A-Z]{3}', var('reporting_currency') | string) -%}
        {%- do check_variable('reporting_currency', is_currency, 'a code of three capital letters, such as EUR') -%}
        {%- set units = ['by_size', 'seconds', 'milliseconds', 'microseconds', 'nanoseconds'] -%}
        {%- do check_variable('shipment_time_unit', var('shipment_time_unit') in units, 'one of ' ~ units | join(', ')) -%}
        {%- for name in ['shipment_table', 'user_table', 'order_table'] -%}
            {%- do check_variable(name, var(name) is string and modules.re.fullmatch('[A-Za-z0-9_$]+', var(name)), 'the name of a table, such as shipments') -%}
        {%- endfor -%}
        {%- set columns, known = var('session_identity_columns'), ['user_id', 'device_id', 'client', 'app_version'] -%}
        {%- set are_known = columns is not string and columns is sequence and columns and not columns | reject('in', known) | list -%}
        {%- do check_variable('session_identity_columns', are_known, 'a list of ' ~ known | join(', ')) -%}
        {%- set days = var('run_history_days') -%}
        {%- set is_number = days is none or (days is integer and days is not boolean and days >= 1) -%}
        {%- do check_variable('run_history_days', is_number, 'a whole number from 1 up, or null') -%}
        {%- do check_variable('rebuild_late', var('rebuild_late') is boolean, 'true or false') -%}
        {%- set zone = var('reporting_timezone') | string -%}
        {%- set is_zone = zone == 'UTC' or is_time_zone(zone) -%}
        {%- do check_variable('reporting_timezone', is_zone, 'the IANA name of a time zone, such as Europe/Berlin') -%}
    {%- endif -%}
{% endmacro %}

{% macro check_variable(name, is_allowed, what_is_allowed) -%}
    {%- if not is_allowed -%}
        {%- do exceptions.raise_compiler_error('The variable ' ~ name ~ ' must be ' ~ what_is_allowed ~ ", not '" ~ var(name) ~ "'.") -%}
    {%- endif -%}
{%- endmacro %}

{% macro check_numbers() -%}
    {%- set smallest = {
        'session_timeout_seconds': 1, 'maximum_log_line_length': 1, 'maximum_order_amount': 0, 'maximum_seconds_ahead_of_arrival': 0,
        'user_event_window_seconds': 1, 'user_event_allowed_lateness_seconds': 0, 'duplicate_horizon_seconds': 0,
        'event_id_retention_seconds': 0, 'activity_window_seconds': 1, 'activity_join_tolerance_seconds': 0,
        'activity_watermark_delay_seconds': 0, 'order_window_seconds': 1, 'order_watermark_delay_seconds': 0,
        'playback_timeout_seconds': 1, 'scan_window_seconds': 1, 'scan_watermark_delay_seconds': 0, 'scan_allowed_lateness_seconds': 0
    } -%}
    {%- for name, minimum in smallest.items() -%}
        {#- Seconds of 31 years. An amount times an exchange rate has to fit into 38 digits, 18 of them after the point. -#}
        {%- set maximum = 1000000000000 if name == 'maximum_order_amount' else 1000000000 -%}
        {%- set is_allowed = var(name) is integer and minimum <= var(name) <= maximum -%}
        {%- do check_variable(name, is_allowed, 'a whole number from ' ~ minimum ~ ' to ' ~ maximum) -%}
    {%- endfor -%}
{%- endmacro %}

{# The days of dim_dates. Texts of days are in the order of the days. #}
{% macro check_calendar_variables() -%}
    {%- for name in ['calendar_from', 'calendar_to'] -%}
        {%- do check_variable(name, is_day_text(var(name)), 'a day such as 2025-02-01') -%}
    {%- endfor -%}
    {%- if var('calendar_from') | string > var('calendar_to') | string -%}
        {%- do exceptions.raise_compiler_error(
            'The variable calendar_to must not be before calendar_from, ' ~ var('calendar_from') ~ ", as '" ~ var('calendar_to') ~ "' is."
        ) -%}
    {%- endif -%}
{%- endmacro %}
