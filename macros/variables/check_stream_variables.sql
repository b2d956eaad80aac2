{# The part of check_variables() that is about streams: what their variables must be beside each other. All numbers are known to be such. #}
{% macro check_stream_variables() -%}
    {%- do check_variable('user_event_late_rule', var('user_event_late_rule') in ['window', 'strict'], 'window or strict') -%}
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
