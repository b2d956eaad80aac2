{# The `partition_by` config of a table with one partition a day; nothing on engines without partitions. #}
{% macro partition_by_day(column) -%}
    {{ return(adapter.dispatch('partition_by_day')(column)) }}
{%- endmacro %}

{% macro default__partition_by_day(column) -%}
    {{ return(none) }}
{%- endmacro %}

{% macro bigquery__partition_by_day(column) -%}
    {{ return({'field': column, 'data_type': 'date', 'granularity': 'day'}) }}
{%- endmacro %}
