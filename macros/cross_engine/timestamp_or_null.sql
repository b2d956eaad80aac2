{# ISO 8601 text as a UTC timestamp; null where it is not such text or no time of the calendar. Without an offset it is UTC. #}
{% macro timestamp_or_null(text) -%}
    {{ return(adapter.dispatch('timestamp_or_null')(text)) }}
{%- endmacro %}

{#
    DuckDB's TIMESTAMP ignores offsets, TIMESTAMPTZ does not. The first three branches are the usual ways to write a time, and several times
    cheaper to tell than the general rule: as DuckDB writes it, with zeros at the end of the decimals, with T or Z.
#}
{% macro default__timestamp_or_null(text) -%}
    case
        when
            cast(try_cast({{ text }} as timestamp) as string) = {{ text }}
            and {{ text }} between '0002' and '9999' and substr({{ text }}, 5, 1) = '-' and substr({{ text }}, 14, 1) = ':'
            then try_cast({{ text }} as timestamp)
        when
            substr({{ text }}, 20, 1) = '.'
            and length({{ text }}) between 21 and 26
            and cast(try_cast({{ text }} as timestamp) as string) = rtrim(rtrim({{ text }}, '0'), '.')
            and {{ text }} between '0002' and '9999' and substr({{ text }}, 5, 1) = '-'
            then try_cast({{ text }} as timestamp)
        when
            substr({{ text }}, 20) in ('', 'Z')
            and substr({{ text }}, 11, 1) in (' ', 'T')
            and cast(try_cast(substr({{ text }}, 1, 19) as timestamp) as string) = substr({{ text }}, 1, 10) || ' ' || substr({{ text }}, 12, 8)
            and {{ text }} between '0002' and '9999' and substr({{ text }}, 5, 1) = '-'
            then try_cast(substr({{ text }}, 1, 19) as timestamp)
        when {{ is_iso_timestamp(text) }} and substr({{ text }}, -6, 1) in ('+', '-')
            then try_cast({{ text }} as timestamptz) at time zone 'UTC'
        when {{ is_iso_timestamp(text) }}
            then try_cast({{ text }} as timestamp)
    end
{%- endmacro %}

{% macro bigquery__timestamp_or_null(text) -%}
    case when {{ is_iso_timestamp(text) }} then safe_cast({{ text }} as timestamp) end
{%- endmacro %}
