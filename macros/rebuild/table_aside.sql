{# The relation beside a model's own: `rebuilt` (its new version) or `previous` (its rows before the last swap). #}
{% macro table_aside(model, kind) -%}
    {%- set present = ref(model) -%}
    {{ return(api.Relation.create(
        database=present.database, schema=present.schema, identifier=model ~ '__' ~ kind, type='table'
    )) }}
{%- endmacro %}
