{# Statements of which readers see all effects or none. #}
{% macro in_one_transaction(statements) -%}
    {{ return(adapter.dispatch('in_one_transaction')(statements)) }}
{%- endmacro %}

{# dbt-core has begun a transaction and commits it after the model's hooks; dbt 2 begins none. #}
{% macro default__in_one_transaction(statements) -%}
    {{ explicit_transaction(statements) if dbt_version.startswith('2.') else statements | join(';\n') }}
{%- endmacro %}

{% macro bigquery__in_one_transaction(statements) -%}
    {{ explicit_transaction(statements) }}
{%- endmacro %}

{# A script that fails half-way takes its transaction back. #}
{% macro explicit_transaction(statements) -%}
    begin transaction;
    {{ statements | join(';\n') }};
    commit transaction;
{%- endmacro %}
