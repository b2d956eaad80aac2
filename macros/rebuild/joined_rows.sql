{#
    Common table expressions that put each row of a model's present table beside the rebuilt row with the same key, in `compared`:
    `difference` is added, removed, changed or equal; `is_changed_<n>` says it of the n-th of `columns`, a list of
    (name, data type).
    Keys are joined as text and by whether they are null, since BigQuery joins nulls with nothing.
#}
{% macro rebuild_joined(model, key, columns) %}
    present_rows as (
        select *, true as is_present from {{ ref(model) }} where {{ every_row(model) }}
    ),

    rebuilt_rows as (
        select *, true as is_rebuilt from {{ shadow_table(model, 'rebuilt') }} where {{ every_row(model) }}
    ),

    side_by_side as (
        select
            {%- for name in key %}
            coalesce(rebuilt_rows.{{ name }}, present_rows.{{ name }}) as key_{{ loop.index }},
            {%- endfor %}
            {%- for name, data_type in columns %}
            {{ comparable('present_rows.' ~ name, data_type) }} as old_{{ loop.index }},
            {{ comparable('rebuilt_rows.' ~ name, data_type) }} as new_{{ loop.index }},
            {%- endfor %}
            is_present,
            is_rebuilt
        from present_rows
        full outer join rebuilt_rows
            on
            {%- for name in key %}
            coalesce(cast(present_rows.{{ name }} as {{ dbt.type_string() }}), '')
            = coalesce(cast(rebuilt_rows.{{ name }} as {{ dbt.type_string() }}), '')
            and (present_rows.{{ name }} is null) = (rebuilt_rows.{{ name }} is null)
            {{ 'and' if not loop.last }}
            {%- endfor %}
    ),

    flagged as (
        select
            *,
            {%- for column in columns %}
            is_present and is_rebuilt and old_{{ loop.index }} is distinct from new_{{ loop.index }}
            as is_changed_{{ loop.index }},
            {%- endfor %}
            is_present is null as is_added,
            is_rebuilt is null as is_removed
        from side_by_side
    ),

    compared as (
        select
            *,
            case
                when is_added then 'added'
                when is_removed then 'removed'
                {%- for column in columns %}
                when is_changed_{{ loop.index }} then 'changed'
                {%- endfor %}
                else 'equal'
            end as difference
        from flagged
    )
{% endmacro %}

{# The condition that reads all rows of a model's table, also where BigQuery demands a filter on its partitions. #}
{% macro every_row(model) -%}
    {%- set models = (graph.nodes or {}).values() | selectattr('resource_type', 'equalto', 'model') -%}
    {%- set config = (models | selectattr('name', 'equalto', model) | first).config if execute else {} -%}
    {%- if config.require_partition_filter and config.partition_by -%}
        ({{ config.partition_by.field }} >= date '0001-01-01' or {{ config.partition_by.field }} is null)
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}

{# A column's value in a form that `is distinct from` and a cast to text take on every engine. #}
{% macro comparable(value, data_type) -%}
    {%- set is_nested = data_type.upper().startswith(('ARRAY', 'STRUCT', 'RECORD', 'JSON')) -%}
    {{ on_engine(duckdb=value, bigquery='to_json_string(' ~ value ~ ')' if is_nested else value) }}
{%- endmacro %}
