{#
    In the place of dbt-duckdb's own macros. A view replaces the one that is there, and does not name the file that it is in, so that the file can be
    copied, renamed and attached.
#}
{% macro duckdb__create_view_as(relation, sql) -%}
    {%- if config.get('contract').enforced -%}
        {{ get_assert_columns_equivalent(sql) }}
    {%- endif -%}
    {%- set found = namespace(sql=sql) -%}
    {%- for read in ([defer_relation] if flags.WHICH == 'clone' else relations_read()) -%}
        {%- set found.sql = found.sql | replace(read.render(), read.include(database=false).render()) -%}
    {%- endfor -%}
    create or replace view {{ relation }} as (
        {{ found.sql }}
    );
{%- endmacro %}

{#
    Tables divided by day are stored in its order: readers of a few days skip the blocks of others, as they skip partitions on BigQuery. Whether new
    rows keep the contract is asked of their table, in check_for_schema_changes(): here DuckDB would plan all of the SQL once more.
#}
{% macro duckdb__create_table_as(temporary, relation, compiled_code, language='sql') -%}
    {%- set meta = config.get('meta', {}) -%}
    {%- set sorted_by = meta.get('stored_in_order_of', meta.get('day')) -%}
    {%- set ordered = 'select * from (\n' ~ compiled_code ~ '\n) as model_rows order by ' ~ sorted_by if sorted_by else compiled_code -%}
    {%- if temporary and not dbt_version.startswith('2.') -%}
        {{ config.get('sql_header', '') }}
        create temporary table {{ relation.include(database=false, schema=false) }} as ({{ ordered }});
    {%- else -%}
        {{ return(dbt.duckdb__create_table_as(temporary, relation, ordered, language, **kwargs)) }}
    {%- endif -%}
{%- endmacro %}

{# dbt asks for schemas with the quoted name of the database. dbt-duckdb finds none for it, and makes each schema again in each run. #}
{% macro duckdb__list_schemas(database) -%}
    {{ return(dbt.duckdb__list_schemas(database | replace('"', ''))) }}
{%- endmacro %}

{# All descriptions of a relation go to DuckDB as one statement. #}
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
