{#
    Whether a combination of values is among the rows of a table (a semi join); with nulls it is not. `columns` maps its columns to the values. DuckDB
    hashes the smaller side of `in`, but all outer rows of a correlated `exists`. In `exists` the columns get other names, or a value without a
    table's name in front would be the column of that name in here.
#}
{% macro is_among(relation, columns) -%}
    {%- set renamed = [] -%}
    {%- set equal = [] -%}
    {%- for theirs, ours in columns.items() -%}
        {%- do renamed.append(theirs ~ ' as among_' ~ theirs) -%}
        {%- do equal.append('among.among_' ~ theirs ~ ' = ' ~ ours) -%}
    {%- endfor -%}
    {{ on_engine(
        duckdb='(' ~ columns.values() | join(', ') ~ ') in (select ' ~ columns.keys() | join(', ') ~ ' from ' ~ relation ~ ')',
        bigquery='exists (select 1 from (select ' ~ renamed | join(', ') ~ ' from ' ~ relation ~ ') as among where ' ~ equal | join(' and ') ~ ')'
    ) }}
{%- endmacro %}

{# The `partition_by` config of a table with one partition a day; nothing on engines without partitions. #}
{% macro partition_by_day(column) -%}
    {{ return(on_engine(duckdb=none, bigquery={'field': column, 'data_type': 'date', 'granularity': 'day'})) }}
{%- endmacro %}

{# The names of a table's columns, in order. #}
{% macro column_names(relation) -%}
    {{ return(adapter.get_columns_in_relation(relation) | map(attribute='name') | list) }}
{%- endmacro %}

{# The columns of each of these relations, in their order; an empty list for none. DuckDB is asked about all in one statement. #}
{% macro columns_of(relations) -%}
    {{ return(adapter.dispatch('columns_of')(relations)) }}
{%- endmacro %}

{% macro duckdb__columns_of(relations) -%}
    {%- set columns, queries = [], [] -%}
    {%- for relation in relations -%}
        {%- do columns.append([]) -%}
        {%- if relation -%}
            {%- do queries.append(
                'select ' ~ loop.index0 ~ ' as relation_number, column_name, column_type from (describe ' ~ relation.render() ~ ')'
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- for number, name, type in (run_query(queries | join(' union all ')).rows if queries else []) -%}
        {%- do columns[number | int].append(api.Column.create(name, type)) -%}
    {%- endfor -%}
    {{ return(columns) }}
{%- endmacro %}

{% macro bigquery__columns_of(relations) -%}
    {%- set columns = [] -%}
    {%- for relation in relations -%}
        {%- do columns.append(adapter.get_columns_in_relation(relation) if relation else []) -%}
    {%- endfor -%}
    {{ return(columns) }}
{%- endmacro %}
