{# An aggregate over all columns of all rows of a table, by its alias, as text: it changes when a row does, in whatever order. #}
{% macro row_fingerprint(alias) -%}
    {{ return(adapter.dispatch('row_fingerprint')(alias)) }}
{%- endmacro %}

{% macro default__row_fingerprint(alias) -%}
    cast(bit_xor(hash({{ alias }})) as varchar)
{%- endmacro %}

{% macro bigquery__row_fingerprint(alias) -%}
    cast(bit_xor(farm_fingerprint(to_json_string({{ alias }}))) as string)
{%- endmacro %}
