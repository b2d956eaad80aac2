{#
    Tumbling windows: time cut into windows of one size, without gap or overlap, that begin at multiples of it since 1970-01-01 UTC.
    A window contains its start and not its end.
#}
{% macro tumbling_window_start(event_at, window_seconds) -%}
    {%- set start = tumbling_window_start_microseconds(event_at, window_seconds) -%}
    {#- The first window of the calendar may have begun before it. -#}
    {{ timestamp_of_microseconds(
        start if 62135596800 % (window_seconds | int) == 0
        else 'case when ' ~ start ~ ' < -62135596800000000 then -62135596800000000 else ' ~ start ~ ' end'
    ) }}
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

{#
    A predicate on a decided stream in a model whose units are windows: the record came on a day of arrival that can have brought something for the
    windows of the scope. A record that counts does not arrive before the watermark comes near its window, nor long after it:
    `seconds_before` and `seconds_after` the window's start are how low and how high the watermark may be then. `true` when everything
    is built. `rows` is the stream's alias in a query of several tables.
#}
{% macro arrived_for_windows(arrival_days, seconds_after, seconds_before=0, rows=none) -%}
    {%- if not execute -%}
        {%- do ref(arrival_days) -%}
    {%- endif -%}
    {%- if is_incremental() -%}
        {%- set start = unix_microseconds('windows.window_start_at') -%}
        {%- set query -%}
            select distinct arrival_days.loaded_date
            from (select distinct window_start_at from {{ scope_table() }}) as windows
            inner join {{ ref(arrival_days) }} as arrival_days
                on
                    {{ unix_microseconds('arrival_days.watermark_after_at') }} >= {{ start }} - {{ microseconds(seconds_before) }}
                    and (
                        arrival_days.watermark_before_at is null
                        or {{ unix_microseconds('arrival_days.watermark_before_at') }} <= {{ start }} + {{ microseconds(seconds_after) }}
                    )
        {%- endset -%}
        {{ rows ~ '.' if rows }}loaded_date in ({{ dates_in(query) }})
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}
