{# The time of day now in the time zone of the variable `dbt_date:time_zone`, which the project must set. #}
{% macro wall_time() %}
    {{- return(adapter.dispatch("wall_time", "dbt_expectations")(var("dbt_date:time_zone"))) -}}
{% endmacro %}

{% macro default__wall_time(time_zone) -%}
    ({{ dbt.current_timestamp() }} at time zone '{{ time_zone }}')
{%- endmacro %}

{% macro bigquery__wall_time(time_zone) -%}
    timestamp(datetime({{ dbt.current_timestamp() }}, '{{ time_zone }}'))
{%- endmacro %}
