{# The condition that reads all rows of a model's table, also where BigQuery demands a filter on its partitions. #}
{% macro every_row(model) -%}
    {%- set models = (graph.nodes or {}).values() | selectattr('resource_type', 'equalto', 'model') -%}
    {%- set config = (models | selectattr('name', 'equalto', model) | first).config if execute else {} -%}
    {%- if config.require_partition_filter and config.partition_by -%}
        ({{ config.partition_by.field }} >= date '0001-01-01' or {{ config.partition_by.field }} is null)
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}
