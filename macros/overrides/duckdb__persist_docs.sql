{# In the place of dbt's own macro: all descriptions of a relation go to DuckDB as one statement. #}
{% macro duckdb__persist_docs(relation, model, for_relation, for_columns) -%}
    {%- set descriptions = descriptions_of(relation) -%}
    {%- if descriptions -%}
        {%- do run_query(descriptions) -%}
    {%- endif -%}
{%- endmacro %}

{# The descriptions of this model's relation and of its columns, as statements for DuckDB; nothing where they are not persisted. #}
{% macro descriptions_of(relation) -%}
    {%- if config.persist_relation_docs() and model.description %}
        comment on {{ relation.type }} {{ relation }} is '{{ model.description | replace("'", "''") }}';
    {%- endif %}
    {%- if config.persist_column_docs() -%}
        {%- for name, column in model.columns.items() if column.description %}
        comment on column {{ relation }}.{{ name }} is '{{ column.description | replace("'", "''") }}';
        {%- endfor %}
    {%- endif %}
{%- endmacro %}

{# Whether a table has exactly the descriptions that its model has now. All tables are asked about once a run. #}
{% macro is_described(table) -%}
    {%- set known = known_in_this_run('descriptions') -%}
    {%- if not known -%}
        {%- set query -%}
            select
                schema_name || '.' || table_name,
                md5(coalesce(any_value(duckdb_tables.comment), '')
                || coalesce(string_agg(column_name || duckdb_columns.comment, '' order by column_name), ''))
            from duckdb_columns()
            join duckdb_tables() using (database_name, schema_name, table_name)
            where database_name = '{{ table.database }}'
            group by 1
        {%- endset -%}
        {%- for row in run_query(query).rows -%}
            {%- do known.update({row[0]: row[1]}) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- set texts = [model.description] -%}
    {%- for name, column in model.columns.items() | sort if column.description -%}
        {%- do texts.append(name ~ column.description) -%}
    {%- endfor -%}
    {{ return(known.get(table.schema ~ '.' ~ table.identifier) == local_md5(texts | join)) }}
{%- endmacro %}
