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
