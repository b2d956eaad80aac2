{#
    The emulator can neither collect the partitions to replace (`array_agg(distinct … ignore nulls)`) nor look a value up
    in an array variable: there, delete and insert do what dbt's one merge does.
#}
{% macro bq_dynamic_insert_overwrite_sql(
    tmp_relation, target_relation, sql, unique_key, partition_by, dest_columns, tmp_relation_exists, copy_partitions
) %}
    {%- if target.name != 'bigquery_emulator' -%}
        {{ return(dbt.bq_dynamic_insert_overwrite_sql(
            tmp_relation, target_relation, sql, unique_key, partition_by, dest_columns, tmp_relation_exists,
            copy_partitions
        )) }}
    {%- endif -%}

    {%- set columns = dest_columns | map(attribute='quoted') | join(', ') -%}
    {%- set partition = partition_by.render_wrapped() %}
    {% if not tmp_relation_exists %}{{ bq_create_table_as(partition_by, True, tmp_relation, sql, 'sql') }}{% endif %}

    delete from {{ target_relation }}
    where {{ partition }} in (select {{ partition }} from {{ tmp_relation }});

    insert into {{ target_relation }} ({{ columns }})
    select {{ columns }} from {{ tmp_relation }};

    drop table if exists {{ tmp_relation }};
{% endmacro %}
