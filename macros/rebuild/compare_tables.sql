{# What `make rebuild` asks of a model's present table and its shadow tables as wholes. #}

{# The columns of a model's present table and of those beside it. One row per table and column; none of a table not there. #}
{% macro rebuild_columns(model) %}
    {%- set tables = {
        'present': ref(model), 'rebuilt': shadow_table(model, 'rebuilt'), 'previous': shadow_table(model, 'previous')
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

{# What the list of shadow tables says of a model's: one row per table, with the day until which it is kept. #}
{% macro rebuild_notes(model) %}
    {%- set names = {'rebuilt': shadow_table(model, 'rebuilt'), 'previous': shadow_table(model, 'previous')} -%}
    {%- if execute and load_relation(shadow_tables()) is not none %}
        {%- for kind, relation in names.items() %}
            select
                '{{ kind }}' as table_name,
                cast({{ plus_seconds('made_at', seconds_shadow_tables_are_kept()) }} as date) as kept_until,
                present_fingerprint,
                rebuilt_fingerprint
            from {{ shadow_tables() }}
            where table_name = {{ name_in_schema(relation) }}
            {{ 'union all' if not loop.last }}
        {%- endfor %}
    {%- else %}
        select '' as table_name, cast(null as date) as kept_until, '' as present_fingerprint, '' as rebuilt_fingerprint limit 0
    {%- endif %}
{% endmacro %}

{# How many rows and keys a model's present and rebuilt tables have, and their fingerprints. One row per table. #}
{% macro rebuild_states(model, key) %}
    {%- for name, table in {'present': ref(model), 'rebuilt': shadow_table(model, 'rebuilt')}.items() %}
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

{# An aggregate over all columns of all rows of a table, by its alias, as text: it changes when a row does, in whatever order. #}
{% macro row_fingerprint(alias) -%}
    {{ on_engine(
        duckdb='cast(bit_xor(hash(' ~ alias ~ ')) as varchar)',
        bigquery='cast(bit_xor(farm_fingerprint(to_json_string(' ~ alias ~ '))) as string)'
    ) }}
{%- endmacro %}
