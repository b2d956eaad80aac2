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
