{# Where a relation is. Its own database has no name here, for on DuckDB it is named like the file, which may move. #}
{% macro place_of(relation) -%}
    {{ return((relation.database ~ '.' if relation.database != target.database else '') ~ relation.schema ~ '.' ~ relation.identifier) }}
{%- endmacro %}

{# The relation at a place, as a relation of this database names it. #}
{% macro relation_at(place, database) -%}
    {%- set parts = place.split('.') -%}
    {{ return(api.Relation.create(database=([database] + parts)[-3], schema=parts[-2], identifier=parts[-1])) }}
{%- endmacro %}

{% macro relation_of(node) -%}
    {{ return(api.Relation.create(database=node.database, schema=node.schema, identifier=node.alias)) }}
{%- endmacro %}
