{#
    What an engine is given where engines differ: the one place that asks which it is. Macros that say what they do call it with both expressions
    side by side.
#}
{% macro on_engine(duckdb, bigquery) -%}
    {{ return(adapter.dispatch('on_engine')(duckdb, bigquery)) }}
{%- endmacro %}

{% macro default__on_engine(duckdb, bigquery) -%}
    {{ return(duckdb) }}
{%- endmacro %}

{% macro bigquery__on_engine(duckdb, bigquery) -%}
    {{ return(bigquery) }}
{%- endmacro %}
