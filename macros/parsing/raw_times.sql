{# Raw text as dates and UTC timestamps. #}

{# Text `YYYY-MM-DD` as a date; null where that is not a day of the calendar, whose years are 1 to 9999. #}
{% macro date_or_null(text) -%}
    {%- set date = cast_or_null(text, 'date') -%}
    {#- DuckDB's cast takes dates in other shapes; a date that is written back the same way had the right one. -#}
    case
        when {{ on_engine(
            duckdb='cast(' ~ date ~ ' as string) = ' ~ text ~ ' and length(' ~ text ~ ') = 10',
            bigquery=has_form(text, '[0-9]{4}-[0-9]{2}-[0-9]{2}')
        ) }} and {{ text }} >= '0001'
            then {{ date }}
    end
{%- endmacro %}

{#
    ISO 8601 text as a UTC timestamp; null where it is not such text, or not within the years 1 to 9999. Without an offset it is UTC. A date
    alone, and a time to the minute, is its first moment; what is finer than a microsecond is cut off.
#}
{% macro timestamp_or_null(text) -%}
    case
        {{ on_engine(duckdb=usual_times_on_duckdb(text), bigquery='') }}
        when {{ has_form(text, iso_time_form()) }} and {{ text }} >= '0001' then {{ instant_of_iso_text(text) }}
    end
{%- endmacro %}

{#
    A time as services write it: ISO 8601 text, or a whole number of seconds, milliseconds or microseconds since 1970, told apart by
    its size. From 100,000,000 seconds (March 1973) on, each unit up to the year 5138, no number is good for two of them; smaller
    and larger ones are no times (null). `number` is integer_or_null() of the text, where that is a column already.
#}
{% macro timestamp_or_epoch_or_null(text, number=none) -%}
    {%- set number = number or integer_or_null(text) -%}
    {#- 15 to 17 digits are microseconds: with three more than 12 to 14, which are milliseconds, and six more than 9 to 11. -#}
    {%- set digits = 'cast(' ~ number ~ ' as string)' -%}
    {%- set microseconds = 'substr(' ~ digits ~ " || '000000', 1, 15 + mod(length(" ~ digits ~ '), 3))' -%}
    case
        when substr({{ text }}, 5, 1) = '-' then {{ timestamp_or_null(text) }}
        when {{ number }} between 100000000 and 99999999999999999 then {{ timestamp_of_microseconds('cast(' ~ microseconds ~ ' as int64)') }}
    end
{%- endmacro %}
