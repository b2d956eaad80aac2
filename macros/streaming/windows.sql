{#
    Tumbling windows: time cut into windows of one size, without gap or overlap, that begin at multiples of it since 1970-01-01 UTC.
    A window contains its start and not its end.
#}
{% macro tumbling_window_start(event_at, window_seconds) -%}
    {%- set start = tumbling_window_start_microseconds(event_at, window_seconds) -%}
    {#- The first window of the calendar may have begun before it. -#}
    {{ timestamp_of_microseconds(
        start if 62135596800 % ([window_seconds | int, 1] | max) == 0
        else 'case when ' ~ start ~ ' < -62135596800000000 then -62135596800000000 else ' ~ start ~ ' end'
    ) }}
{%- endmacro %}

{% macro tumbling_window_end(event_at, window_seconds) -%}
    {{ plus_seconds(tumbling_window_start(event_at, window_seconds), window_seconds) }}
{%- endmacro %}

{#
    The start as microseconds since 1970. The shift makes all times since the year 1 positive, for divisions round towards zero. A size that is no number from
    1 up is refused before a run changes anything (check_variables.sql), but after dbt has read the models.
#}
{% macro tumbling_window_start_microseconds(event_at, window_seconds) -%}
    {%- set size = ([window_seconds | int, 1] | max) * 1000000 -%}
    {%- set shift = (62135596800000000 // size + 1) * size -%}
    {{ integer_divide(unix_microseconds(event_at) ~ ' + ' ~ shift, size) }} * {{ size }} - {{ shift }}
{%- endmacro %}

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

{# Whether the watermark, as it stands now, has reached the end of a window: every record of it that comes now is late. #}
{% macro is_final(window_end_at, arrival_days, watermark_delay_seconds) -%}
    coalesce(
        {{ unix_microseconds(window_end_at) }} <= (
            select max({{ unix_microseconds('arrival_days.watermark_after_at') }})
            from {{ ref(arrival_days) }} as arrival_days
        ) - {{ microseconds(watermark_delay_seconds) }},
        false
    )
{%- endmacro %}
