{# The last microsecond of the year 9999: BigQuery has no later timestamp, nor has Python. #}
{% macro last_timestamp() -%}
    {{ return(timestamp_of_microseconds(253402300799999999)) }}
{%- endmacro %}
