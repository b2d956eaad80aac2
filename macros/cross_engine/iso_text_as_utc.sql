{# ISO 8601 text as a UTC timestamp, or null where it is no time. Without an offset it is UTC. DuckDB's TIMESTAMP ignores offsets. #}
{% macro iso_text_as_utc(text) -%}
    {{ return(adapter.dispatch('iso_text_as_utc')(text)) }}
{%- endmacro %}

{% macro default__iso_text_as_utc(text) -%}
    case
        when substr({{ text }}, -6, 1) in ('+', '-') then try_cast({{ text }} as timestamptz) at time zone 'UTC'
        else try_cast({{ text }} as timestamp)
    end
{%- endmacro %}

{% macro bigquery__iso_text_as_utc(text) -%}
    safe_cast({{ text }} as timestamp)
{%- endmacro %}
