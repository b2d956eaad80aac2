{#
    Tumbling windows: time cut into windows of one size, without gap or overlap, that begin at multiples of it since 1970-01-01 UTC.
    A window contains its start and not its end.
#}
{% macro tumbling_window_start(event_at, window_seconds) -%}
    {{ timestamp_of_microseconds(tumbling_window_start_microseconds(event_at, window_seconds)) }}
{%- endmacro %}

{% macro tumbling_window_end(event_at, window_seconds) -%}
    {{ plus_seconds(tumbling_window_start(event_at, window_seconds), window_seconds) }}
{%- endmacro %}

{# The start as microseconds since 1970. The shift makes all times since the year 1 positive, for divisions round towards zero. #}
{% macro tumbling_window_start_microseconds(event_at, window_seconds) -%}
    {%- set size = (window_seconds | int) * 1000000 -%}
    {%- set shift = (62135596800000000 // size + 1) * size -%}
    {{ integer_divide(unix_microseconds(event_at) ~ ' + ' ~ shift, size) }} * {{ size }} - {{ shift }}
{%- endmacro %}
