{# An on-run-start hook: each schema that is written to has its table. #}
{% macro create_progress_tables() -%}
    {%- if execute and flags.WHICH in ['build', 'run', 'seed', 'snapshot'] -%}
        {%- for relation in relations_of(selected_resources) -%}
            {{ create_progress_table(relation) }}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}

{# The statement that makes the table of a relation's schema; nothing where it is there. #}
{% macro create_progress_table(relation) -%}
    {%- set table = progress_table(relation) -%}
    {%- do progress_of(relation) -%}
    {%- if load_relation(table) is none -%}
        {#- What dbt has begun in order to look at tables is never committed. -#}
        {%- do adapter.commit() -%}
        {%- do adapter.cache_added(table) -%}
        create table if not exists {{ table }} (
            relation_name {{ dbt.type_string() }},
            run_number {{ dbt.type_bigint() }},
            state {{ dbt.type_string() }},
            recorded_at {{ dbt.type_timestamp() }}
        );
    {%- endif -%}
{%- endmacro %}

{# The ids of what this run makes, and of what that reads. #}
{% macro selected_and_read() -%}
    {%- set found = selected_resources | list -%}
    {%- for unique_id in selected_resources if unique_id.startswith(('model.', 'seed.', 'snapshot.')) -%}
        {%- do found.extend(node_of(unique_id).depends_on.nodes or []) -%}
    {%- endfor -%}
    {{ return(found | unique) }}
{%- endmacro %}

{# The relations of those of these nodes that are models, seeds or snapshots. #}
{% macro relations_of(unique_ids) -%}
    {%- set relations = [] -%}
    {%- for unique_id in unique_ids if unique_id.startswith(('model.', 'seed.', 'snapshot.')) -%}
        {%- do relations.append(relation_of(node_of(unique_id))) -%}
    {%- endfor -%}
    {{ return(relations) }}
{%- endmacro %}
