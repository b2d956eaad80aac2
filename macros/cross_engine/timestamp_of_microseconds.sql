{# The UTC timestamp that is so many microseconds after 1970-01-01, the reverse of unix_microseconds(). #}
{% macro timestamp_of_microseconds(microseconds) -%}
    {{ return(adapter.dispatch('timestamp_of_microseconds')(microseconds)) }}
{%- endmacro %}

{% macro default__timestamp_of_microseconds(microseconds) -%}
    make_timestamp({{ microseconds }})
{%- endmacro %}

{% macro bigquery__timestamp_of_microseconds(microseconds) -%}
    timestamp_micros({{ microseconds }})
{%- endmacro %}
