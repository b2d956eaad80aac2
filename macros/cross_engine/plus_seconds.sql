{# A timestamp so many seconds later; earlier where the number is negative. #}
{% macro plus_seconds(timestamp_at, seconds) -%}
    {{ return(adapter.dispatch('plus_seconds')(timestamp_at, seconds)) }}
{%- endmacro %}

{% macro default__plus_seconds(timestamp_at, seconds) -%}
    ({{ timestamp_at }} + interval '{{ seconds }} seconds')
{%- endmacro %}

{% macro bigquery__plus_seconds(timestamp_at, seconds) -%}
    timestamp_add({{ timestamp_at }}, interval {{ seconds }} second)
{%- endmacro %}
