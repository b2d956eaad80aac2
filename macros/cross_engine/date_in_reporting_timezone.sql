{# The calendar date of a UTC timestamp in setting('reporting_timezone'). #}
{% macro date_in_reporting_timezone(timestamp_at) -%}
    {{ return(adapter.dispatch('date_in_reporting_timezone')(timestamp_at, setting('reporting_timezone'))) }}
{%- endmacro %}

{% macro default__date_in_reporting_timezone(timestamp_at, timezone) -%}
    {%- if timezone == 'UTC' -%}
        cast({{ timestamp_at }} as date)
    {%- else -%}
        cast(({{ timestamp_at }} at time zone 'UTC') at time zone '{{ timezone }}' as date)
    {%- endif -%}
{%- endmacro %}

{% macro bigquery__date_in_reporting_timezone(timestamp_at, timezone) -%}
    date({{ timestamp_at }}, '{{ timezone }}')
{%- endmacro %}
