{# The parts of timestamp_or_null(). #}

{#
    The branches of a `case` for the usual ways to write a time, which DuckDB tells faster than the general rule: as it writes whole seconds, and to the
    second or finer without an offset, in which all its versions read what is meant.
#}
{% macro usual_times_on_duckdb(text) -%}
    when strlen({{ text }}) = 19 and cast(try_cast({{ text }} as timestamp) as string) = {{ text }} then try_cast({{ text }} as timestamp)
        when
            {{ has_form(text, '[0-9]{4}-[0-9]{2}-[0-9]{2}[ T]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]+)?Z?') }} and {{ text }} >= '0001'
            then try_cast({{ text }} as timestamp)
{%- endmacro %}

{# How a time may be written, the calendar aside: a date; hour and minute; seconds; decimals; then Z, UTC or an offset of up to 14 hours. #}
{% macro iso_time_form() -%}
    {{ return(
        '[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]+)?)?'
        ~ '( ?Z| UTC| ?[-+]((0[0-9]|1[0-3])(:?[0-5][0-9])?|14(:?00)?))?)?'
    ) }}
{%- endmacro %}

{# The instant that is meant by text of that form; null where it is none of the calendar. #}
{% macro instant_of_iso_text(text) -%}
    {{ return(adapter.dispatch('instant_of_iso_text')(text)) }}
{%- endmacro %}

{#
    DuckDB reads every offset, but only after seconds and without a blank. The list of one has the instant's microseconds worked out once, and not for
    each time that they are named.
#}
{% macro duckdb__instant_of_iso_text(text) -%}
    {%- set rest = 'substr(' ~ text ~ ', 17)' -%}
    {%- set with_offset = to_the_minute(text) ~ ' || case when starts_with(' ~ rest ~ ", ':') then '' else ':00' end || translate(" ~ rest
        ~ ", ' UTCZ', '') || case when contains(" ~ rest ~ ", '+') or contains(" ~ rest ~ ", '-') then '' else '+00' end" -%}
    {%- set microseconds = unix_microseconds('try_cast(' ~ with_offset ~ ' as timestamptz)') -%}
    make_timestamp(list_filter([{{ microseconds }}], lambda found: found between -62135596800000000 and 253402300799999999)[1])
{%- endmacro %}

{# BigQuery does not read every offset, so it is subtracted as microseconds. #}
{% macro bigquery__instant_of_iso_text(text) -%}
    {%- set local_time = to_the_minute(text) ~ ' || coalesce(' ~ part_of_form(text, '^.{16}(:[0-9]{2}(?:[.][0-9]{1,6})?)') ~ ", ':00')" -%}
    {%- set hours = cast_or_null(part_of_form(text, '^.{16}.*[-+]([0-9]{2})'), 'int64') -%}
    {%- set minutes = cast_or_null(part_of_form(text, '^.{16}.*[-+][0-9]{2}:?([0-9]{2})'), 'int64') -%}
    {{ timestamp_in_calendar(
        unix_microseconds(cast_or_null(local_time, 'timestamp')) ~ " - case when strpos(" ~ text ~ ", '+') > 0 then 60000000 else -60000000 end"
        ~ ' * (60 * coalesce(' ~ hours ~ ', 0) + coalesce(' ~ minutes ~ ', 0))'
    ) }}
{%- endmacro %}

{# The part of such text before the seconds; a date alone is its first minute. #}
{% macro to_the_minute(text) -%}
    {{ return('rpad(substr(' ~ text ~ ", 1, 16), 16, ' 00:00')") }}
{%- endmacro %}
