{#
    In the place of dbt's own macro: the comment on a relation and those on its columns go to DuckDB as one statement and not as two,
    which every model would take in every run.
#}
{% macro duckdb__persist_docs(relation, model, for_relation, for_columns) -%}
    {%- set comments = [] -%}
    {%- if for_relation and config.persist_relation_docs() and model.description -%}
        {%- do comments.append(alter_relation_comment(relation, model.description)) -%}
    {%- endif -%}
    {%- if for_columns and config.persist_column_docs() and model.columns -%}
        {%- do comments.append(alter_column_comment(relation, model.columns)) -%}
    {%- endif -%}
    {%- if comments -%}
        {%- do run_query(comments | join) -%}
    {%- endif -%}
{%- endmacro %}
