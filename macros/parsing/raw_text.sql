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

{# Whether the whole text has the form that a regular expression gives: on DuckDB several times cheaper than trimming characters. #}
{% macro has_form(text, form) -%}
    {{ on_engine(
        duckdb='regexp_full_match(' ~ text ~ ", '" ~ form ~ "')",
        bigquery='regexp_contains(' ~ text ~ ", r'^(?:" ~ form ~ ")$')"
    ) }}
{%- endmacro %}

{#
    Text as INT64; null where it is not a whole number, or beyond INT64. The usual way to write one is the cheapest to tell. Casts alone
    differ: DuckDB reads '1.5', '1_0' and '0x1f' as integers.
#}
{% macro integer_or_null(text) -%}
    {%- set number = cast_or_null(text, 'int64') -%}
    case
        when cast({{ number }} as string) = {{ text }} then {{ number }}
        when {{ has_form(text, integer_form()) }} then {{ cast_or_null("substr(" ~ text ~ ", 1, strpos(" ~ text ~ " || '.', '.') - 1)", 'int64') }}
        when {{ is_integer_text(text) }} then {{ cast_or_null(cast_or_null(text, 'numeric(38, 9)'), 'int64') }}
    end
{%- endmacro %}

{# Whether text is a whole number, of whatever size: as usual, or as pandas and Spark write integers that they keep as floats (17850.0, 1.785E7). #}
{% macro is_integer_text(text) -%}
    (
        {{ has_form(text, integer_form()) }}
        or ({{ has_form(text, '[-+]?[0-9]{1,9}([.][0-9]{1,20})?[eE][-+]?[0-9]{1,3}') }} and {{ has_at_most_decimals(text, 0) }})
    )
{%- endmacro %}

{% macro integer_form() -%}
    {{ return('[-+]?[0-9]+([.]0+)?') }}
{%- endmacro %}

{# Text as a currency code, three letters from A to Z in capitals; null where it is anything else. #}
{% macro currency_or_null(text) -%}
    {%- set letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ' -%}
    {#- The letters are told before capitals are made: upper() turns some letters beyond a to z into one of A to Z. -#}
    case when length({{ text }}) = 3 and ltrim({{ text }}, '{{ letters ~ letters | lower }}') = '' then upper({{ text }}) end
{%- endmacro %}

{#
    Text as exact decimal; null where it is not a number, or one that NUMERIC(38, 9) cannot hold exactly, which casts would round: with more than 29
    digits before the point, or a tenth one after it. DuckDB reads a decimal of 18 digits seventy times faster than one of 38, and may fail to read
    one with an exponent and more than 29 digits.
#}
{% macro decimal_or_null(text) -%}
    {%- set number = cast_or_null(text, 'numeric(38, 9)') -%}
    {%- set exponent = '([0-9]{1,9}([.][0-9]{0,20})?|[.][0-9]{1,20})[eE][-+]?[0-9]{1,3}' -%}
    case
        when {{ has_form(text, '[-+]?[0-9]{1,9}([.][0-9]{1,9})?') }}
            then {{ on_engine(duckdb='cast(try_cast(' ~ text ~ ' as numeric(18, 9)) as numeric(38, 9))', bigquery=number) }}
        when {{ has_form(text, '[-+]?([0-9]+[.]?[0-9]*|[.][0-9]+|' ~ exponent ~ ')') }} and {{ has_at_most_decimals(text, 9) }} then {{ number }}
    end
{%- endmacro %}

{# Whether a number, given as text, has no more decimals than that when it is written without exponent and without zeros at its end. #}
{% macro has_at_most_decimals(text, decimals) -%}
    {%- set mantissa = "coalesce(" ~ part_of_form(text, '^[-+]?([0-9.]+)') ~ ", '')" -%}
    {%- set exponent = "coalesce(" ~ cast_or_null(part_of_form(text, '[eE](.+)'), 'int64') ~ ", 0)" -%}
    (
        ltrim({{ mantissa }}, '.0') = ''
        or length(rtrim(replace({{ mantissa }}, '.', ''), '0')) - strpos({{ mantissa }} || '.', '.') + 1 - {{ exponent }} <= {{ decimals }}
    )
{%- endmacro %}

{# Text as a flag, in the words that databases, exports and pandas write, in any letters; null where it is another word. #}
{% macro boolean_or_null(text) -%}
    case
        when lower({{ text }}) in ('true', 't', 'yes', 'y', '1', '1.0') then true
        when lower({{ text }}) in ('false', 'f', 'no', 'n', '0', '0.0') then false
    end
{%- endmacro %}

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
    The branches of a `case` for the usual ways to write a time, which DuckDB tells several times faster than the general rule: as it writes
    it, with zeros at the end of the decimals, and with T, Z or the offset of UTC.
#}
{% macro usual_times_on_duckdb(text) -%}
    when
            cast(try_cast({{ text }} as timestamp) as string) = {{ text }}
            and substr({{ text }}, 5, 1) = '-' and substr({{ text }}, 14, 1) = ':'
            then try_cast({{ text }} as timestamp)
        when
            substr({{ text }}, 20, 1) = '.'
            and length({{ text }}) between 21 and 26
            and cast(try_cast({{ text }} as timestamp) as string) = rtrim(rtrim({{ text }}, '0'), '.')
            and substr({{ text }}, 5, 1) = '-'
            then try_cast({{ text }} as timestamp)
        when
            substr({{ text }}, 20) in ('', 'Z', '+00', '+00:00', ' UTC')
            and substr({{ text }}, 11, 1) in (' ', 'T')
            and cast(try_cast(substr({{ text }}, 1, 19) as timestamp) as string) = substr({{ text }}, 1, 10) || ' ' || substr({{ text }}, 12, 8)
            and substr({{ text }}, 5, 1) = '-'
            then try_cast(substr({{ text }}, 1, 19) as timestamp)
{%- endmacro %}

{# How a time may be written, the calendar aside: a date; hour and minute; seconds; decimals; then Z, UTC or an offset of up to 14 hours. #}
{% macro iso_time_form() -%}
    {{ return(
        '[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]+)?)?'
        ~ '( ?Z| UTC| ?[-+]((0[0-9]|1[0-3])(:?[0-5][0-9])?|14(:?00)?))?)?'
    ) }}
{%- endmacro %}

{#
    The instant that is meant by text of that form; null where it is none of the calendar. The offset is subtracted as microseconds: engines
    differ in the offsets that they read, and in what becomes of a time beyond the calendar.
#}
{% macro instant_of_iso_text(text) -%}
    {%- set local_time = "substr(" ~ text ~ ", 1, 10) || coalesce(' ' || " ~ part_of_form(text, '^.{11}([0-9:]{5})') ~ ", ' 00:00') || coalesce("
        ~ part_of_form(text, '^.{16}(:[0-9]{2}(?:[.][0-9]{1,6})?)') ~ ", ':00')" -%}
    {%- set hours = cast_or_null(part_of_form(text, '^.{16}.*[-+]([0-9]{2})'), 'int64') -%}
    {%- set minutes = cast_or_null(part_of_form(text, '^.{16}.*[-+][0-9]{2}:?([0-9]{2})'), 'int64') -%}
    {{ timestamp_in_calendar(
        unix_microseconds(cast_or_null(local_time, 'timestamp')) ~ " - case when strpos(" ~ text ~ ", '+') > 0 then 60000000 else -60000000 end"
        ~ ' * (60 * coalesce(' ~ hours ~ ', 0) + coalesce(' ~ minutes ~ ', 0))'
    ) }}
{%- endmacro %}

{# The part of a text that the group of a regular expression matches; null where there is none. #}
{% macro part_of_form(text, form) -%}
    {{ on_engine(
        duckdb='nullif(regexp_extract(' ~ text ~ ", '" ~ form ~ "', 1), '')",
        bigquery='regexp_extract(' ~ text ~ ", r'" ~ form ~ "')"
    ) }}
{%- endmacro %}

{#
    A time as services write it: ISO 8601 text, or a whole number of seconds, milliseconds or microseconds since 1970, told apart by
    its size. From 100,000,000 seconds (March 1973) on, each unit up to the year 5138, no number is good for two of them; smaller
    and larger ones are no times (null).
#}
{% macro timestamp_or_epoch_or_null(text) -%}
    {%- set number = integer_or_null(text) -%}
    case
        when substr({{ text }}, 5, 1) = '-' then {{ timestamp_or_null(text) }}
        when substr({{ text }}, 1, 1) <> '-'
            then {%- set unit -%}
                case length(cast({{ number }} as string))
                    {%- for length in range(9, 18) %} when {{ length }} then {{ 1000 ** (5 - length // 3) }}{% endfor %} end
            {%- endset %} {{ timestamp_of_microseconds(number ~ ' * ' ~ unit) }}
    end
{%- endmacro %}

{# The character NUL. BigQuery's chr(0) is an empty string. #}
{% macro nul_character() -%}
    {{ on_engine(duckdb='chr(0)', bigquery='code_points_to_string([0])') }}
{%- endmacro %}
