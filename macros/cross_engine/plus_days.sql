{# A timestamp so many days (of 24 hours) later. #}
{% macro plus_days(timestamp_at, days) -%}
    {{ return(adapter.dispatch('plus_days')(timestamp_at, days)) }}
{%- endmacro %}

{% macro default__plus_days(timestamp_at, days) -%}
    ({{ timestamp_at }} + interval '{{ days }} days')
{%- endmacro %}

{% macro bigquery__plus_days(timestamp_at, days) -%}
    timestamp_add({{ timestamp_at }}, interval {{ days }} day)
{%- endmacro %}
