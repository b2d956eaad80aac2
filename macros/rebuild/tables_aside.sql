{#
    The list of tables that stand beside models for a while. One row per table: its schema and name as SQL writes them, when it
    was made, and the fingerprints of the two tables that `make rebuild` has compared (null before and for others).
#}
{% macro tables_aside() -%}
    {{ return(api.Relation.create(
        database=target.database,
        schema=generate_schema_name('observability', none) | trim,
        identifier='tables_aside',
        type='table'
    )) }}
{%- endmacro %}
