{#
    Whether one time is not more than setting('playback_timeout_seconds') after another. Whole microseconds, because engines differ in how they
    count seconds between times.
#}
{% macro is_within_playback_timeout(earlier_at, later_at) -%}
    ({{ unix_microseconds(later_at) }} - {{ unix_microseconds(earlier_at) }} <= {{ microseconds(setting('playback_timeout_seconds')) }})
{%- endmacro %}
