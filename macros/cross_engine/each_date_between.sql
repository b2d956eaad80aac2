{# Every date from one to another, both included, as something to cross join: a table with one column of the given name. #}
{% macro each_date_between(first_date, last_date, column) -%}
    {{ return(adapter.dispatch('each_date_between')(first_date, last_date, column)) }}
{%- endmacro %}

{% macro default__each_date_between(first_date, last_date, column) -%}
    unnest(cast(generate_series({{ first_date }}, {{ last_date }}, interval '1 day') as date[])) as dates ({{ column }})
{%- endmacro %}

{% macro bigquery__each_date_between(first_date, last_date, column) -%}
    unnest(generate_date_array({{ first_date }}, {{ last_date }})) as {{ column }}
{%- endmacro %}
