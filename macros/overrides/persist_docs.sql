{# In the place of dbt's own: descriptions that a table has are not written again with the rows of each run. #}
{% macro persist_docs(relation, model, for_relation=true, for_columns=true) -%}
    {%- if model.config.materialized != 'incremental' or flags.WHICH == 'clone' or not plan().is_described -%}
        {{ return(adapter.dispatch('persist_docs', 'dbt')(relation, model, for_relation, for_columns)) }}
    {%- endif -%}
{%- endmacro %}
