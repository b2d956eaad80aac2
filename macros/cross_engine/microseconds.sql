{# A number of seconds in microseconds, as a literal: DuckDB would multiply in 32 bits, where an hour is too much. #}
{% macro microseconds(seconds) -%}
    {{ (seconds | int) * 1000000 }}
{%- endmacro %}
