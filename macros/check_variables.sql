{# Stops a run whose variables cannot work, with a sentence that says which and what is allowed. #}
{% macro check_variables() %}
    {%- if execute -%}
        {%- set smallest = {
            'session_timeout_seconds': 1, 'maximum_log_line_length': 1, 'maximum_order_amount': 0, 'maximum_seconds_ahead_of_arrival': 0,
            'user_event_window_seconds': 1, 'user_event_allowed_lateness_seconds': 0, 'duplicate_horizon_seconds': 0,
            'event_id_retention_seconds': 0, 'activity_window_seconds': 1, 'activity_join_tolerance_seconds': 0,
            'activity_watermark_delay_seconds': 0, 'order_window_seconds': 1, 'order_watermark_delay_seconds': 0,
            'playback_timeout_seconds': 1, 'scan_window_seconds': 1, 'scan_watermark_delay_seconds': 0, 'scan_allowed_lateness_seconds': 0
        } -%}
        {%- for name, minimum in smallest.items() -%}
            {%- if var(name) is not integer or var(name) < minimum -%}
                {%- do exceptions.raise_compiler_error(
                    "The variable " ~ name ~ " must be a whole number from " ~ minimum ~ " up, not '" ~ var(name) ~ "'."
                ) -%}
            {%- endif -%}
        {%- endfor -%}
        {#- An amount times an exchange rate has to fit into 38 digits, 18 of them after the point. -#}
        {%- if var('maximum_order_amount') > 1000000000000 -%}
            {%- do exceptions.raise_compiler_error(
                "The variable maximum_order_amount must be at most 1000000000000, not '" ~ var('maximum_order_amount') ~ "'."
            ) -%}
        {%- endif -%}
        {%- if var('maximum_days_ahead_of_arrival', none) is not none -%}
            {%- do exceptions.raise_compiler_error(
                'The variable maximum_days_ahead_of_arrival is called maximum_seconds_ahead_of_arrival now and counts seconds: 86400 for a day.'
            ) -%}
        {%- endif -%}
        {%- do check_stream_variables() -%}
        {%- if var('raw_kept_from') is not none and not is_day_text(var('raw_kept_from')) -%}
            {%- do exceptions.raise_compiler_error(
                "The variable raw_kept_from must be a day such as 2025-02-01, or null, not '" ~ var('raw_kept_from') ~ "'."
            ) -%}
        {%- endif -%}
        {%- do check_calendar_variables() -%}
        {%- if var('user_id_type') not in ['integer', 'string'] -%}
            {%- do exceptions.raise_compiler_error("The variable user_id_type must be integer or string, not '" ~ var('user_id_type') ~ "'.") -%}
        {%- endif -%}
        {%- if not modules.re.fullmatch('[A-Z]{3}', var('reporting_currency') | string) -%}
            {%- do exceptions.raise_compiler_error(
                "The variable reporting_currency must be a code of three capital letters, such as EUR, not '" ~ var('reporting_currency') ~ "'."
            ) -%}
        {%- endif -%}
        {%- set units = ['by_size', 'seconds', 'milliseconds', 'microseconds', 'nanoseconds'] -%}
        {%- if var('shipment_time_unit') not in units -%}
            {%- do exceptions.raise_compiler_error(
                'The variable shipment_time_unit must be one of ' ~ units | join(', ') ~ ", not '" ~ var('shipment_time_unit') ~ "'."
            ) -%}
        {%- endif -%}
        {%- for name in ['shipment_table', 'user_table', 'order_table'] if not modules.re.fullmatch('[A-Za-z0-9_$]+', var(name) | string) -%}
            {%- do exceptions.raise_compiler_error(
                'The variable ' ~ name ~ " must be the name of a table, such as shipments, not '" ~ var(name) ~ "'."
            ) -%}
        {%- endfor -%}
        {%- set columns = var('session_identity_columns') -%}
        {%- set allowed = ['user_id', 'device_id', 'client', 'app_version'] -%}
        {%- if columns is string or columns is not sequence or not columns or columns | reject('in', allowed) | list -%}
            {%- do exceptions.raise_compiler_error(
                "The variable session_identity_columns must be a list of " ~ allowed | join(', ') ~ ", not '" ~ columns ~ "'."
            ) -%}
        {%- endif -%}
        {%- set days = var('run_history_days') -%}
        {%- if days is not none and (days is not integer or days is boolean or days < 1) -%}
            {%- do exceptions.raise_compiler_error("The variable run_history_days must be a whole number from 1 up, or null, not '" ~ days ~ "'.") -%}
        {%- endif -%}
        {%- if var('rebuild_late') is not boolean -%}
            {%- do exceptions.raise_compiler_error("The variable rebuild_late must be true or false, not '" ~ var('rebuild_late') ~ "'.") -%}
        {%- endif -%}
        {%- set zone = var('reporting_timezone') | string -%}
        {%- if zone != 'UTC' and not is_time_zone(zone) -%}
            {%- do exceptions.raise_compiler_error(
                "The variable reporting_timezone must be the IANA name of a time zone, such as Europe/Berlin, not '" ~ zone ~ "'."
            ) -%}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}

{# The part of check_variables() that is about streams: what their variables must be beside each other. All numbers are known to be such. #}
{% macro check_stream_variables() -%}
    {%- if var('user_event_late_rule') not in ['window', 'strict'] -%}
        {%- do exceptions.raise_compiler_error(
            "The variable user_event_late_rule must be window or strict, not '" ~ var('user_event_late_rule') ~ "'."
        ) -%}
    {%- endif -%}
    {%- set least_retention = var('duplicate_horizon_seconds') + var('user_event_window_seconds') + var('user_event_allowed_lateness_seconds') -%}
    {%- if var('event_id_retention_seconds') < least_retention -%}
        {%- do exceptions.raise_compiler_error(
            'The variable event_id_retention_seconds must be at least ' ~ least_retention ~ ', which is duplicate_horizon_seconds,'
            ~ ' user_event_window_seconds and user_event_allowed_lateness_seconds together, or duplicates could count.'
        ) -%}
    {%- endif -%}
    {%- if var('activity_window_seconds') < var('activity_join_tolerance_seconds') -%}
        {%- do exceptions.raise_compiler_error(
            'The variable activity_window_seconds must be at least activity_join_tolerance_seconds, ' ~ var('activity_join_tolerance_seconds') ~ '.'
        ) -%}
    {%- endif -%}
    {%- set range = [var('pairs_from'), var('pairs_to')] | reject('none') | map('string') | list -%}
    {%- set times = [] -%}
    {%- for text in range if modules.re.fullmatch('[0-9]{4}-[0-9]{2}-[0-9]{2}( [0-9]{2}:[0-9]{2}:[0-9]{2})?', text) -%}
        {%- do times.append(text) -%}
    {%- endfor -%}
    {%- if range | length == 1 or times | length < range | length or (times and times[0] >= times[1]) -%}
        {%- do exceptions.raise_compiler_error(
            "The variables pairs_from and pairs_to must be two times in UTC, the earlier first, such as 2025-02-01 and '2025-02-01 12:00:00', not '"
            ~ var('pairs_from') ~ "' and '" ~ var('pairs_to') ~ "'."
        ) -%}
    {%- endif -%}
{%- endmacro %}

{# The part of check_variables() that is about the days of dim_dates. Texts of days are in the order of the days. #}
{% macro check_calendar_variables() -%}
    {%- for name in ['calendar_from', 'calendar_to'] if not is_day_text(var(name)) -%}
        {%- do exceptions.raise_compiler_error('The variable ' ~ name ~ " must be a day such as 2025-02-01, not '" ~ var(name) ~ "'.") -%}
    {%- endfor -%}
    {%- if var('calendar_from') | string > var('calendar_to') | string -%}
        {%- do exceptions.raise_compiler_error(
            'The variable calendar_to must not be before calendar_from, ' ~ var('calendar_from') ~ ", as '" ~ var('calendar_to') ~ "' is."
        ) -%}
    {%- endif -%}
{%- endmacro %}
