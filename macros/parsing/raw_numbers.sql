{# Raw text as integers and exact decimals. #}

{#
    Text as INT64; null where it is not a whole number, or beyond INT64. The usual way to write one is the cheapest to tell. Casts alone
    differ: DuckDB reads '1.5', '1_0' and '0x1f' as integers.
#}
{% macro integer_or_null(text) -%}
    {%- set number = cast_or_null(text, 'int64') -%}
    case
        when cast({{ number }} as string) = {{ text }} then {{ number }}
        when {{ has_form(text, integer_form()) }} then {{ cast_or_null("substr(" ~ text ~ ", 1, strpos(" ~ text ~ " || '.', '.') - 1)", 'int64') }}
        when {{ is_integer_with_exponent(text) }} then {{ cast_or_null(cast_or_null(text, 'numeric(38, 9)'), 'int64') }}
    end
{%- endmacro %}

{# Whether text is a whole number, of whatever size: as usual, or as pandas and Spark write integers that they keep as floats (17850.0, 1.785E7). #}
{% macro is_integer_text(text) -%}
    ({{ has_form(text, integer_form()) }} or ({{ is_integer_with_exponent(text) }}))
{%- endmacro %}

{% macro integer_form() -%}
    {{ return('[-+]?[0-9]+([.]0+)?') }}
{%- endmacro %}

{% macro is_integer_with_exponent(text) -%}
    {{ has_form(text, '[-+]?[0-9]{1,9}([.][0-9]{1,20})?[eE][-+]?[0-9]{1,3}') }} and {{ has_at_most_decimals(text, 0) }}
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
    {%- set mantissa = part_or_empty(text, '^[-+]?([0-9.]+)') -%}
    {%- set exponent = 'coalesce(' ~ cast_or_null(part_or_empty(text, '[eE](.+)'), 'int64') ~ ', 0)' -%}
    (
        ltrim({{ mantissa }}, '.0') = ''
        or length(rtrim(replace({{ mantissa }}, '.', ''), '0')) - strpos({{ mantissa }} || '.', '.') + 1 - {{ exponent }} <= {{ decimals }}
    )
{%- endmacro %}
