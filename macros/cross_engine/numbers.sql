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
    A sum of money, not negative, divided by a count: an exact decimal, cut to millionths. Engines divide decimals differently, and
    DuckDB in floating point. The millionths of a sum may be beyond INT64, those of an average are not.
#}
{% macro average_amount(sum_amount, record_count) -%}
    {%- set millionths = 'floor(' ~ sum_amount ~ ' * 1000000)' -%}
    {{ micros_as_decimal(on_engine(
        duckdb='cast(cast(' ~ millionths ~ ' as hugeint) // ' ~ record_count ~ ' as int64)',
        bigquery='cast(div(' ~ millionths ~ ', cast(' ~ record_count ~ ' as numeric)) as int64)'
    )) }}
{%- endmacro %}
