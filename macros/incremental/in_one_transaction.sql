{# Statements of which readers see all effects or none. #}
{% macro in_one_transaction(statements) -%}
    {{ return(adapter.dispatch('in_one_transaction')(statements)) }}
{%- endmacro %}

{# dbt has begun a transaction and commits it after the model's hooks. #}
{% macro default__in_one_transaction(statements) -%}
    {{ statements | join(';\n') }}
{%- endmacro %}

{# A script that fails half-way takes its transaction back. #}
{% macro bigquery__in_one_transaction(statements) -%}
    begin transaction;
    {{ statements | join(';\n') }};
    commit transaction;
{%- endmacro %}
