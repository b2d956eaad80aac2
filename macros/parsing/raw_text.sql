{# Text without spaces around it; nothing but spaces is null. Plain `trim` takes away other characters too, on each engine others. #}
{% macro text_or_null(column) -%}
    {%- set text = 'cast(' ~ column ~ ' as string)' -%}
    {%- set trimmed = 'nullif(trim(' ~ text ~ ", ' '), '')" -%}
    {#- Most texts have no spaces around them, and DuckDB tells that three times faster than it trims. -#}
    {{ on_engine(
        duckdb='case when starts_with(' ~ text ~ ", ' ') or ends_with(" ~ text ~ ", ' ') then " ~ trimmed ~ ' else nullif(' ~ text ~ ", '') end",
        bigquery=trimmed
    ) }}
{%- endmacro %}

{# A cast that gives null where the text does not have the type. #}
{% macro cast_or_null(text, type) -%}
    {{ on_engine(duckdb='try_cast', bigquery='safe_cast') }}({{ text }} as {{ type }})
{%- endmacro %}

{# Text as INT64; null where it is not an optional sign and digits, or beyond INT64. #}
{% macro integer_or_null(text) -%}
    {%- set number = cast_or_null(text, 'int64') -%}
    {#- On DuckDB, the usual way to write a number is much cheaper to tell than the general rule. -#}
    {%- set usual = on_engine(duckdb='when cast(' ~ number ~ ' as string) = ' ~ text ~ ' then ' ~ number, bigquery='') -%}
    case {{ usual }} when {{ is_integer_text(text) }} then {{ number }} end
{%- endmacro %}

{# Whether text is an optional sign and digits. Casts alone differ: DuckDB reads '1.5', '1_0' and '1e2' as integers. #}
{% macro is_integer_text(text) -%}
    (ltrim(substr({{ text }}, 1, 1), '+-0123456789') = '' and ltrim(substr({{ text }}, 2), '0123456789') = '')
{%- endmacro %}

{# Text as a currency code, three letters from A to Z in capitals; null where it is anything else. #}
{% macro currency_or_null(text) -%}
    {%- set letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ' -%}
    {#- The letters are told before capitals are made: upper() turns some letters beyond a to z into one of A to Z. -#}
    case when length({{ text }}) = 3 and ltrim({{ text }}, '{{ letters ~ letters | lower }}') = '' then upper({{ text }}) end
{%- endmacro %}

{# Text as exact decimal, rounded half away from zero at the ninth digit; null where it is not plain digits with at most one point. #}
{% macro decimal_or_null(text) -%}
    {%- set number = cast_or_null(text, 'numeric(38, 9)') -%}
    {#- DuckDB reads a decimal of 18 digits seventy times faster than one of 38, so the wide one is for what does not fit. -#}
    case
        when ltrim({{ text }}, '+-.0123456789') = ''
            then {{ on_engine(
                duckdb='coalesce(cast(try_cast(' ~ text ~ ' as numeric(18, 9)) as numeric(38, 9)), ' ~ number ~ ')', bigquery=number
            ) }}
    end
{%- endmacro %}

{# Text `YYYY-MM-DD` as a date; null where that is not a day of the calendar. #}
{% macro date_or_null(text) -%}
    {%- set date = cast_or_null(text, 'date') -%}
    {#- DuckDB's cast takes dates in other shapes; a date that is written back the same way had the right one. -#}
    case
        when {{ on_engine(
            duckdb='cast(' ~ date ~ ' as string) = ' ~ text ~ ' and length(' ~ text ~ ') = 10',
            bigquery=digits_masked(text) ~ " = '0000-00-00'"
        ) }} and {{ text }} between '0002' and '9999'
            then {{ date }}
    end
{%- endmacro %}

{# Text with every digit turned into 0: its shape, to compare with allowed shapes without a regular expression. #}
{% macro digits_masked(text) -%}
    translate({{ text }}, '123456789', '000000000')
{%- endmacro %}

{# ISO 8601 text as a UTC timestamp; null where it is not such text or no time of the calendar. Without an offset it is UTC. #}
{% macro timestamp_or_null(text) -%}
    {{ on_engine(
        duckdb=timestamp_or_null_on_duckdb(text),
        bigquery='case when ' ~ is_iso_timestamp(text) ~ ' then safe_cast(' ~ text ~ ' as timestamp) end'
    ) }}
{%- endmacro %}

{#
    DuckDB's TIMESTAMP ignores offsets, TIMESTAMPTZ does not. The first three branches are the usual ways to write a time, and several times
    cheaper to tell than the general rule: as DuckDB writes it, with zeros at the end of the decimals, with T or Z.
#}
{% macro timestamp_or_null_on_duckdb(text) -%}
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

{#
    Whether text is ISO 8601 as we take it: date, space or T, time to the second, up to six decimals, then nothing, Z or an offset
    ±HH:MM. The calendar is left to the cast. Casts alone differ between engines in what they let pass.
#}
{% macro is_iso_timestamp(text) -%}
    {%- set zone -%}
        case
            when substr({{ text }}, -1) = 'Z' then 'Z'
            when substr({{ text }}, -6, 1) in ('+', '-') then substr({{ text }}, -6)
            else ''
        end
    {%- endset -%}
    {%- set decimals = "substr(" ~ text ~ ", 20, length(" ~ text ~ ") - length(" ~ zone ~ ") - 19)" -%}
    (
        {{ digits_masked("substr(" ~ text ~ ", 1, 19)") }} in ('0000-00-00 00:00:00', '0000-00-00T00:00:00')
        and substr({{ text }}, 1, 4) between '0002' and '9998'
        and substr({{ text }}, 12, 2) <= '23'
        and substr({{ text }}, 15, 2) <= '59'
        and substr({{ text }}, 18, 2) <= '59'
        and (
            length({{ text }}) = 19 + length({{ zone }})
            or (
                length({{ text }}) between 21 + length({{ zone }}) and 26 + length({{ zone }})
                and substr({{ text }}, 20, 1) = '.'
                and ltrim(substr({{ decimals }}, 2), '0123456789') = ''
            )
        )
        and {{ digits_masked(zone) }} in ('', 'Z', '+00:00', '-00:00')
        and (length({{ zone }}) < 6 or (substr({{ text }}, -5) <= '14:00' and substr({{ text }}, -2) <= '59'))
    )
{%- endmacro %}

{#
    A time as services write it: ISO 8601 text, or a whole number of seconds, milliseconds or microseconds since 1970, told apart by
    its size. From 100,000,000 seconds (March 1973) on, each unit up to the year 5138, no number is good for two of them; smaller
    and larger ones are no times (null).
#}
{% macro timestamp_or_epoch_or_null(text) -%}
    {%- set number = integer_or_null(text) -%}
    case
        when ltrim({{ text }}, '0123456789') = ''
            then {{ timestamp_of_microseconds(
                'case '
                ~ 'when ' ~ number ~ ' between 100000000 and 99999999999 then ' ~ number ~ ' * 1000000 '
                ~ 'when ' ~ number ~ ' between 100000000000 and 99999999999999 then ' ~ number ~ ' * 1000 '
                ~ 'when ' ~ number ~ ' between 100000000000000 and 99999999999999999 then ' ~ number ~ ' end'
            ) }}
        else {{ timestamp_or_null(text) }}
    end
{%- endmacro %}

{# The character NUL. BigQuery's chr(0) is an empty string. #}
{% macro nul_character() -%}
    {{ on_engine(duckdb='chr(0)', bigquery='code_points_to_string([0])') }}
{%- endmacro %}
