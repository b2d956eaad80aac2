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
