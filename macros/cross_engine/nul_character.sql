{# The character NUL. BigQuery's chr(0) is an empty string. #}
{% macro nul_character() -%}
    {{ return(adapter.dispatch('nul_character')()) }}
{%- endmacro %}

{% macro default__nul_character() -%}
    chr(0)
{%- endmacro %}

{% macro bigquery__nul_character() -%}
    code_points_to_string([0])
{%- endmacro %}
