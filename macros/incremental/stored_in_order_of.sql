{#
    How a table is laid out for readers of a few of its days: last line of a model that is partitioned by this date. DuckDB skips
    blocks of rows whose dates are out of bounds, so rows are stored in its order; BigQuery has partitions.
#}
{% macro stored_in_order_of(date) -%}
    {{ return(adapter.dispatch('stored_in_order_of')(date)) }}
{%- endmacro %}

{% macro default__stored_in_order_of(date) -%}
    order by {{ date }}
{%- endmacro %}

{% macro bigquery__stored_in_order_of(date) -%}
{%- endmacro %}
