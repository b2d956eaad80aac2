{# The parts of timestamp_or_null(). #}

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
