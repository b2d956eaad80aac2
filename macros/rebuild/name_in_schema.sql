{# Schema and name of a relation as a text literal. Not the database, which on DuckDB is named like the file and moves with it. #}
{% macro name_in_schema(relation) -%}
    {{ dbt.string_literal(relation.include(database=false) | string) }}
{%- endmacro %}
