{# A timestamp so many days (of 24 hours) later. BigQuery, which would fail after the year 9999, gives its last timestamp then. #}
{% macro plus_days(timestamp_at, days) -%}
    {{ return(adapter.dispatch('plus_days')(timestamp_at, days)) }}
{%- endmacro %}

{% macro default__plus_days(timestamp_at, days) -%}
    ({{ timestamp_at }} + interval '{{ days }} days')
{%- endmacro %}

{% macro bigquery__plus_days(timestamp_at, days) -%}
    case
        when {{ timestamp_at }} > timestamp_sub({{ last_timestamp() }}, interval {{ days }} day) then {{ last_timestamp() }}
        else timestamp_add({{ timestamp_at }}, interval {{ days }} day)
    end
{%- endmacro %}
