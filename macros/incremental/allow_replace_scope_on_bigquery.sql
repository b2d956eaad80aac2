{# dbt-bigquery keeps a fixed list of incremental strategies; these two overrides add `replace_scope` to it. #}
{% macro dbt_bigquery_validate_get_incremental_strategy(config) -%}
    {%- if config.get('incremental_strategy') != 'replace_scope' -%}
        {%- do exceptions.raise_compiler_error('Incremental models of this project use the strategy replace_scope.') -%}
    {%- endif -%}
    {{ return('replace_scope') }}
{%- endmacro %}

{% macro bq_generate_incremental_build_sql(
    strategy, tmp_relation, target_relation, sql, unique_key, partition_by, partitions, dest_columns, tmp_relation_exists,
    copy_partitions, incremental_predicates
) -%}
    {{ return(get_incremental_replace_scope_sql({
        'target_relation': target_relation, 'temp_relation': tmp_relation, 'dest_columns': dest_columns
    })) }}
{%- endmacro %}
