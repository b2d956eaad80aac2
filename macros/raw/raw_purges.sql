{# What `make purge-raw` has done: one row per purge, with the day of arrival from which on raw is kept. It comes with the first purge. #}
{% macro raw_purges() -%}
    {{ return(api.Relation.create(
        database=target.database, schema=generate_schema_name('observability', none), identifier='raw_purges', type='table'
    )) }}
{%- endmacro %}
