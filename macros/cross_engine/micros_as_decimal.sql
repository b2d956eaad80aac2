{# Whole millionths (microseconds of a duration, parts per million of a share) as an exact decimal. #}
{% macro micros_as_decimal(millionths) -%}
    cast(cast({{ millionths }} as numeric(38, 9)) * cast('0.000001' as numeric(38, 9)) as numeric(38, 9))
{%- endmacro %}
