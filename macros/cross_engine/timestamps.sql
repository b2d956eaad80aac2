{# UTC timestamps: their microseconds, and arithmetic within the years 1 to 9999. #}

{# A UTC timestamp as whole microseconds since 1970-01-01 (INT64): the one exact way to subtract times on every engine. #}
{% macro unix_microseconds(timestamp_at) -%}
    {{ on_engine(duckdb='epoch_us(' ~ timestamp_at ~ ')', bigquery='unix_micros(' ~ timestamp_at ~ ')') }}
{%- endmacro %}

{# The UTC timestamp that is so many microseconds after 1970-01-01, the reverse of unix_microseconds(). #}
{% macro timestamp_of_microseconds(microseconds) -%}
    {{ on_engine(duckdb='make_timestamp(' ~ microseconds ~ ')', bigquery='timestamp_micros(' ~ microseconds ~ ')') }}
{%- endmacro %}

{# The same; null where that is before the year 1 or after the year 9999, in which no timestamp of BigQuery or Python is. #}
{% macro timestamp_in_calendar(microseconds) -%}
    case when {{ microseconds }} between -62135596800000000 and 253402300799999999 then {{ timestamp_of_microseconds(microseconds) }} end
{%- endmacro %}

{# A number of seconds in microseconds, as a literal: DuckDB would multiply in 32 bits, where an hour is too much. #}
{% macro microseconds(seconds) -%}
    {{ (seconds | int) * 1000000 }}
{%- endmacro %}

{# A timestamp so many seconds later; earlier where the number is negative. Beyond the calendar it is the calendar's first or last moment. #}
{% macro plus_seconds(timestamp_at, seconds) -%}
    {%- set seconds = seconds | int -%}
    {%- set edge = first_timestamp() if seconds < 0 else last_timestamp() -%}
    {%- set moved = shifted(timestamp_at, seconds) -%}
    case when {{ timestamp_at }} {{ '<' if seconds < 0 else '>' }} {{ shifted(edge, -seconds) }} then {{ edge }} else {{ moved }} end
{%- endmacro %}

{# The same where the result is known to be within the calendar. #}
{% macro shifted(timestamp_at, seconds) -%}
    {{ on_engine(
        duckdb='(' ~ timestamp_at ~ " + interval '" ~ seconds ~ " seconds')",
        bigquery='timestamp_add(' ~ timestamp_at ~ ', interval ' ~ seconds ~ ' second)'
    ) }}
{%- endmacro %}

{# A timestamp so many days (of 24 hours) later. #}
{% macro plus_days(timestamp_at, days) -%}
    {{ plus_seconds(timestamp_at, (days | int) * 86400) }}
{%- endmacro %}

{# The first moment of the year 1 and the last microsecond of the year 9999: BigQuery has no timestamp beyond them, nor has Python. #}
{% macro first_timestamp() -%}
    {{ return(timestamp_of_microseconds(-62135596800000000)) }}
{%- endmacro %}

{% macro last_timestamp() -%}
    {{ return(timestamp_of_microseconds(253402300799999999)) }}
{%- endmacro %}

{# The later of two timestamps, of which one or both may be null: engines differ in what `greatest` makes of a null. #}
{% macro later_of(one_at, other_at) -%}
    coalesce(greatest({{ one_at }}, {{ other_at }}), {{ one_at }}, {{ other_at }})
{%- endmacro %}
