{# Whole numbers, shares and sums that come out the same on every engine. #}

{# The whole part of a division of two integers, rounded towards zero. #}
{% macro integer_divide(dividend, divisor) -%}
    {{ on_engine(
        duckdb='cast((' ~ dividend ~ ') // (' ~ divisor ~ ') as int64)',
        bigquery='div((' ~ dividend ~ '), (' ~ divisor ~ '))'
    ) }}
{%- endmacro %}

{# Whole millionths (microseconds of a duration, parts per million of a share) as an exact decimal. #}
{% macro micros_as_decimal(millionths) -%}
    cast(cast({{ millionths }} as numeric(38, 9)) * cast('0.000001' as numeric(38, 9)) as numeric(38, 9))
{%- endmacro %}

{#
    A sum of money, not negative, divided by a count: an exact decimal, cut to millionths. Engines divide decimals differently, DuckDB in floating point,
    so whole numbers are divided; first the whole part of the sum and then what is left of it, since the millionths of a large sum are beyond INT64.
#}
{% macro average_amount(sum_amount, record_count) -%}
    {%- set whole = 'cast(floor(' ~ sum_amount ~ ') as int64)' -%}
    {%- set millionths_of_rest = 'cast(floor((' ~ sum_amount ~ ' - floor(' ~ sum_amount ~ ')) * 1000000) as int64)' -%}
    {%- set left_over = 'mod(' ~ whole ~ ', ' ~ record_count ~ ') * 1000000 + ' ~ millionths_of_rest -%}
    {{ micros_as_decimal(integer_divide(whole, record_count) ~ ' * 1000000 + ' ~ integer_divide(left_over, record_count)) }}
{%- endmacro %}

{# A part of a whole, from 0 to 1, as an exact decimal that is cut to millionths. Null where there is no whole. #}
{% macro share(part, whole) -%}
    {{ micros_as_decimal(integer_divide('(' ~ part ~ ') * 1000000', 'nullif(' ~ whole ~ ', 0)')) }}
{%- endmacro %}

{# A floating-point number as a decimal, rounded to thousandths: engines add floats up in different orders. #}
{% macro thousandths_as_decimal(float) -%}
    {{ micros_as_decimal('cast(round(1000 * (' ~ float ~ ')) as int64) * 1000') }}
{%- endmacro %}

{# How many rows of a group fulfil a condition. #}
{% macro count_where(condition) -%}
    {{ sum_where(condition, 1) }}
{%- endmacro %}

{# The sum of an integer over the rows of a group that fulfil a condition. #}
{% macro sum_where(condition, integer) -%}
    cast(sum(case when {{ condition }} then {{ integer }} else 0 end) as int64)
{%- endmacro %}

{# Parts per million as percent with one decimal, rounded, such as 2.1: a text for people. #}
{% macro percent_as_text(ppm) -%}
    {%- set tenths = integer_divide(ppm ~ ' + 500', 1000) -%}
    (cast({{ integer_divide(tenths, 10) }} as string) || '.' || cast(mod({{ tenths }}, 10) as string))
{%- endmacro %}

{# Hundredths as a text with two decimals, such as 3.05. #}
{% macro hundredths_as_text(hundredths) -%}
    (cast({{ integer_divide(hundredths, 100) }} as string) || '.' || substr(cast(100 + mod({{ hundredths }}, 100) as string), 2))
{%- endmacro %}
