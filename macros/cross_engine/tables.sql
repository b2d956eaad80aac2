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
