{# A UTC timestamp as whole microseconds since 1970-01-01 (INT64): the one exact way to subtract times on every engine. #}
{% macro unix_microseconds(timestamp_at) -%}
    {{ return(adapter.dispatch('unix_microseconds')(timestamp_at)) }}
{%- endmacro %}

{% macro default__unix_microseconds(timestamp_at) -%}
    epoch_us({{ timestamp_at }})
{%- endmacro %}

{% macro bigquery__unix_microseconds(timestamp_at) -%}
    unix_micros({{ timestamp_at }})
{%- endmacro %}
