{# dbt-bigquery keeps a fixed list of incremental strategies; these two overrides add `replace_scope` to it. #}
{% macro dbt_bigquery_validate_get_incremental_strategy(config) -%}
    {{ return(config.get('incremental_strategy')) }}
{%- endmacro %}

{% macro bq_generate_incremental_build_sql(
    strategy, tmp_relation, target_relation, sql, unique_key, partition_by, partitions, dest_columns, tmp_relation_exists,
    copy_partitions, incremental_predicates
) -%}
    {{ return(get_incremental_replace_scope_sql({
        'target_relation': target_relation, 'temp_relation': tmp_relation, 'dest_columns': dest_columns
    })) }}
{%- endmacro %}

{% macro bigquery__create_or_replace_clone(this_relation, defer_relation) -%}
    {{ create_progress_table(this_relation) }}
    {{ progress_record(this_relation, {'build': none}) }};
    create or replace table {{ this_relation }} clone {{ defer_relation }}
{%- endmacro %}
