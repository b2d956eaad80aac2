{# The columns of a model's present table and of those beside it. One row per table and column; none of a table not there. #}
{% macro rebuild_columns(model) %}
    {%- set tables = {
        'present': ref(model), 'rebuilt': table_aside(model, 'rebuilt'), 'previous': table_aside(model, 'previous')
    } -%}
    {%- set rows = [] -%}
    {%- if execute -%}
        {%- for name, table in tables.items() -%}
            {%- set relation = load_relation(table) -%}
            {%- for column in (adapter.get_columns_in_relation(relation) if relation else []) -%}
                {%- do rows.append((name, loop.index, column.name, column.data_type)) -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endif -%}
    {%- for table_name, position, column_name, data_type in rows %}
        select
            '{{ table_name }}' as table_name,
            {{ position }} as position,
            '{{ column_name }}' as column_name,
            '{{ data_type }}' as data_type
        {{ 'union all' if not loop.last }}
    {%- else %}
        select '' as table_name, 0 as position, '' as column_name, '' as data_type limit 0
    {%- endfor %}
{% endmacro %}

{# What the list of tables aside says of a model's: one row per table, with the day until which it is kept. #}
{% macro rebuild_notes(model) %}
    {%- set names = {'rebuilt': table_aside(model, 'rebuilt'), 'previous': table_aside(model, 'previous')} -%}
    {%- if execute and load_relation(tables_aside()) is not none %}
        {%- for kind, relation in names.items() %}
            select
                '{{ kind }}' as table_name,
                cast({{ plus_seconds('made_at', seconds_tables_aside_are_kept()) }} as date) as kept_until,
                present_fingerprint,
                rebuilt_fingerprint
            from {{ tables_aside() }}
            where table_name = {{ name_in_schema(relation) }}
            {{ 'union all' if not loop.last }}
        {%- endfor %}
    {%- else %}
        select '' as table_name, cast(null as date) as kept_until, '' as present_fingerprint, '' as rebuilt_fingerprint limit 0
    {%- endif %}
{% endmacro %}

{# How many rows and keys a model's present and rebuilt tables have, and their fingerprints. One row per table. #}
{% macro rebuild_states(model, key) %}
    {%- for name, table in {'present': ref(model), 'rebuilt': table_aside(model, 'rebuilt')}.items() %}
        select
            '{{ name }}' as table_name,
            count(*) as row_count,
            (
                select count(*)
                from (select distinct {{ key | join(', ') }} from {{ table }} where {{ every_row(model) }}) as keys
            ) as key_count,
            coalesce({{ row_fingerprint('whole_row') }}, '') as fingerprint
        from {{ table }} as whole_row
        where {{ every_row(model) }}
        {{ 'union all' if not loop.last }}
    {%- endfor %}
{% endmacro %}

{#
    Rows that differ between a model's present and rebuilt tables. One row per day and difference, with the number of rows in
    which each column differs. `day` is the number of the column among `columns` that says the day, 0 for a model without one.
#}
{% macro rebuild_counts(model, key, columns, day) %}
    with

    {{ rebuild_joined(model, key, columns) }}

    select
        {% if day %} coalesce(new_{{ day }}, old_{{ day }}) {% else %} cast(null as date) {% endif %} as compared_day,
        difference,
        {%- for column in columns %}
        sum(case when is_changed_{{ loop.index }} then 1 else 0 end) as changed_{{ loop.index }},
        {%- endfor %}
        count(*) as row_count
    from compared
    where difference <> 'equal'
    group by 1, 2
{% endmacro %}

{#
    Some of the rows that differ between a model's present and rebuilt tables, as many of each difference as there is room for:
    key, difference, and each column before and after, as text.
#}
{% macro rebuild_sample(model, key, columns, row_limit) %}
    with

    {{ rebuild_joined(model, key, columns) }},

    numbered as (
        select
            *,
            row_number() over (
                partition by difference
                order by {% for name in key %} key_{{ loop.index }} nulls first {{ ',' if not loop.last }} {% endfor %}
            ) as number_of_difference
        from compared
        where difference <> 'equal'
    )

    select
        {%- for name in key %}
        cast(key_{{ loop.index }} as {{ dbt.type_string() }}) as key_{{ loop.index }},
        {%- endfor %}
        {%- for column in columns %}
        cast(old_{{ loop.index }} as {{ dbt.type_string() }}) as old_{{ loop.index }},
        cast(new_{{ loop.index }} as {{ dbt.type_string() }}) as new_{{ loop.index }},
        {%- endfor %}
        difference
    from numbered
    order by number_of_difference, difference
    limit {{ row_limit }}
{% endmacro %}

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
        select *, true as is_rebuilt from {{ table_aside(model, 'rebuilt') }} where {{ every_row(model) }}
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

{# An aggregate over all columns of all rows of a table, by its alias, as text: it changes when a row does, in whatever order. #}
{% macro row_fingerprint(alias) -%}
    {{ on_engine(
        duckdb='cast(bit_xor(hash(' ~ alias ~ ')) as varchar)',
        bigquery='cast(bit_xor(farm_fingerprint(to_json_string(' ~ alias ~ '))) as string)'
    ) }}
{%- endmacro %}
