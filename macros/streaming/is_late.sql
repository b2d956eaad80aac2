{#
    Whether a record is late for the watermark it met, by one of two rules; never where there was no watermark yet.

    - `window`: the watermark has reached the end of the record's tumbling window plus the allowed lateness, so the window has been given
      up. Flink says the same; Beam waits until the watermark is greater.
    - `strict`: the record is older than the watermark less the allowed lateness, whatever window it is in.
#}
{% macro is_late(event_at, watermark_at, rule, allowed_lateness_seconds, window_seconds=none) -%}
    {%- set watermark = unix_microseconds(watermark_at) -%}
    {%- if rule == 'window' -%}
        coalesce(
            {{ watermark }} >= {{ tumbling_window_start_microseconds(event_at, window_seconds) }}
            + {{ microseconds(window_seconds) }} + {{ microseconds(allowed_lateness_seconds) }},
            false
        )
    {%- else -%}
        coalesce({{ unix_microseconds(event_at) }} < {{ watermark }} - {{ microseconds(allowed_lateness_seconds) }}, false)
    {%- endif -%}
{%- endmacro %}
