{# Whether a combination of values is among the rows of a table (a semi join); with nulls it is not. `columns` maps its columns to the values. #}
{% macro is_among(relation, columns) -%}
    {{ return(adapter.dispatch('is_among')(relation, columns)) }}
{%- endmacro %}

{# DuckDB hashes the smaller side of this, but all outer rows of a correlated `exists`. #}
{% macro default__is_among(relation, columns) -%}
    ({{ columns.values() | join(', ') }}) in (select {{ columns.keys() | join(', ') }} from {{ relation }})
{%- endmacro %}

{% macro bigquery__is_among(relation, columns) -%}
    exists (
        select 1
        from {{ relation }} as among
        where {% for theirs, ours in columns.items() %}among.{{ theirs }} = {{ ours }}{{ ' and ' if not loop.last }}{% endfor %}
    )
{%- endmacro %}
