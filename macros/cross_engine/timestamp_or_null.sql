{# ISO 8601 text as a UTC timestamp; null where it is not such text or no time of the calendar. Without an offset it is UTC. #}
{% macro timestamp_or_null(text) -%}
    {{ return(adapter.dispatch('timestamp_or_null')(text)) }}
{%- endmacro %}

{#
    DuckDB's TIMESTAMP ignores offsets, TIMESTAMPTZ does not. The first branch is the usual way to write a time and much cheaper to
    tell than the general rule.
#}
{% macro default__timestamp_or_null(text) -%}
    case
        when
            cast(try_cast({{ text }} as timestamp) as string) = {{ text }}
            and {{ text }} between '0002' and '9999'
            then try_cast({{ text }} as timestamp)
        when {{ is_iso_timestamp(text) }} and substr({{ text }}, -6, 1) in ('+', '-')
            then try_cast({{ text }} as timestamptz) at time zone 'UTC'
        when {{ is_iso_timestamp(text) }}
            then try_cast({{ text }} as timestamp)
    end
{%- endmacro %}

{% macro bigquery__timestamp_or_null(text) -%}
    case when {{ is_iso_timestamp(text) }} then safe_cast({{ text }} as timestamp) end
{%- endmacro %}
