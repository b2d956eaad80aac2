{# A date so many days later. #}
{% macro date_plus_days(date, days) -%}
    {{ return(adapter.dispatch('date_plus_days')(date, days)) }}
{%- endmacro %}

{% macro default__date_plus_days(date, days) -%}
    ({{ date }} + ({{ days }}))
{%- endmacro %}

{% macro bigquery__date_plus_days(date, days) -%}
    date_add({{ date }}, interval {{ days }} day)
{%- endmacro %}
