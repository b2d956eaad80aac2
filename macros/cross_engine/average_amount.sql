{#
    A sum of money, not negative, divided by a count: an exact decimal, cut to millionths. Engines divide decimals differently, and
    DuckDB in floating point.
#}
{% macro average_amount(sum_amount, record_count) -%}
    {{ micros_as_decimal(integer_divide("cast(floor(" ~ sum_amount ~ " * 1000000) as int64)", record_count)) }}
{%- endmacro %}
