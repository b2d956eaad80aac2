{#
    Runs before anything is written. Compares the raw tables that a run reads with their declaration in _raw.yml: stops it
    with one sentence that names every table and column that is missing or of another type, and says which columns are new.
#}
{% macro check_raw_columns() -%}
    {%- if execute and var('raw_from') == 'source' -%}
        {%- set problems = [] -%}
        {%- for source in graph.sources.values() | selectattr('source_name', 'equalto', 'raw') | sort(attribute='name') -%}
            {%- set raw = adapter.get_relation(source.database, source.schema, source.identifier) -%}
            {%- if raw -%}
                {%- set columns = adapter.get_columns_in_relation(raw) -%}
                {%- do problems.extend(raw_column_problems(source, columns)) -%}
                {#- Of users and orders, `payload` may hold change data. -#}
                {%- set extra = undeclared_raw_columns(source.name, columns) | map(attribute='name') | reject('equalto', 'payload') | join(', ') -%}
                {%- if extra -%}
                    {#- Unlike log(), print() is also shown with --quiet. -#}
                    {%- do print(source.name ~ ": new columns are carried along in extra_columns: " ~ printable(extra)) -%}
                {%- endif -%}
            {%- else -%}
                {%- do problems.append("there is no table " ~ source.schema ~ "." ~ source.identifier) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- if problems -%}
            {%- do exceptions.raise_compiler_error(
                "Raw is not as models/staging/_raw.yml declares it, so nothing was written: " ~ problems | join('; ') ~ "."
            ) -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{# What is wrong with the columns that a raw table really has. #}
{% macro raw_column_problems(source, columns) -%}
    {%- set types = {} -%}
    {%- for column in columns -%}
        {%- do types.update({column.name | lower: raw_column_type(column) | lower}) -%}
    {%- endfor -%}
    {%- set problems = [] -%}
    {%- set table = source.schema ~ "." ~ source.identifier -%}
    {%- for name, column in declared_raw_columns(source.name).items() -%}
        {%- if name not in types -%}
            {%- do problems.append(table ~ " has no column " ~ name) -%}
        {%- elif types[name] != column.data_type -%}
            {%- do problems.append(table ~ "." ~ name ~ " is " ~ types[name] ~ ", not " ~ column.data_type) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(problems) }}
{%- endmacro %}

{# The type of a column by its name in BigQuery, which is how types are declared. #}
{% macro raw_column_type(column) -%}
    {{ return(on_engine(duckdb={'VARCHAR': 'string', 'BIGINT': 'int64'}.get(column.dtype, column.dtype), bigquery=column.data_type)) }}
{%- endmacro %}
