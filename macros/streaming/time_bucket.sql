{#
    Buckets as long as a tolerance, to find what lies within it without looking at pairs: times in one bucket are always near enough; in the
    bucket before only the last can be, in the bucket after only the first. A bucket is named by its start in microseconds since 1970.
#}
{% macro time_bucket(occurred_at, tolerance_seconds) -%}
    {%- if tolerance_seconds == 0 -%}
        {{ unix_microseconds(occurred_at) }}
    {%- else -%}
        {{ tumbling_window_start_microseconds(occurred_at, tolerance_seconds) }}
    {%- endif -%}
{%- endmacro %}

{# How far apart the starts of neighbouring buckets are, in microseconds. #}
{% macro time_bucket_length(tolerance_seconds) -%}
    {{ [(tolerance_seconds | int) * 1000000, 1] | max }}
{%- endmacro %}
