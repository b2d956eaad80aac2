{# The whole part of a division of two integers, rounded towards zero. #}
{% macro integer_divide(dividend, divisor) -%}
    {{ return(adapter.dispatch('integer_divide')(dividend, divisor)) }}
{%- endmacro %}

{% macro default__integer_divide(dividend, divisor) -%}
    cast(({{ dividend }}) // ({{ divisor }}) as int64)
{%- endmacro %}

{% macro bigquery__integer_divide(dividend, divisor) -%}
    div(({{ dividend }}), ({{ divisor }}))
{%- endmacro %}
