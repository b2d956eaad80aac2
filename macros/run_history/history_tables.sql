{# The tables of the run history: as declared, and as they are. #}

{# The tables of the history as they are declared, by name. #}
{% macro declared_history() -%}
    {%- set known = known_in_this_run('run history') -%}
    {%- if not known.tables -%}
        {%- set tables = {} -%}
        {%- for source in graph.sources.values() if source.source_name == 'run_history' -%}
            {%- do tables.update({source.name: source}) -%}
        {%- endfor -%}
        {%- do known.update({'tables': tables}) -%}
    {%- endif -%}
    {{ return(known.tables) }}
{%- endmacro %}

{% macro history_table(name) -%}
    {%- set declared = declared_history()[name] -%}
    {{ return(api.Relation.create(database=declared.database, schema=declared.schema, identifier=declared.identifier, type='table')) }}
{%- endmacro %}

{# Makes the tables that are not there yet; what is wrong with those that are, as a list of half sentences. #}
{% macro problems_of_history() -%}
    {%- set problems = [] -%}
    {%- for name, declared in declared_history().items() -%}
        {%- set table = history_table(name) -%}
        {%- set existing = load_relation(table) -%}
        {%- if existing is none -%}
            {%- do adapter.create_schema(table.without_identifier()) -%}
            {%- do adapter.commit() -%}
            {%- do run_query(create_history_table(table, declared.columns)) -%}
            {%- do adapter.commit() -%}
        {%- elif existing.type != 'table' -%}
            {%- do problems.append(table.schema ~ '.' ~ table.identifier ~ ' is a ' ~ existing.type) -%}
        {%- else -%}
            {%- do problems.extend(problems_of_history_columns(existing, declared.columns)) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(problems) }}
{%- endmacro %}

{% macro create_history_table(table, columns) -%}
    create table if not exists {{ table }} (
        {%- for name, column in columns.items() %}
        {{ name }} {{ column.data_type }}{{ ',' if not loop.last }}
        {%- endfor %}
    ) {{ on_engine(duckdb='', bigquery='partition by run_date') }}
{%- endmacro %}

{% macro problems_of_history_columns(table, columns) -%}
    {%- set types = {} -%}
    {%- for column in adapter.get_columns_in_relation(table) -%}
        {%- do types.update({column.name | lower: raw_column_type(column) | lower | replace('boolean', 'bool')}) -%}
    {%- endfor -%}
    {%- set problems = [] -%}
    {%- for name, column in columns.items() if types.get(name) != column.data_type -%}
        {%- do problems.append(
            table.schema ~ '.' ~ table.identifier ~ (' has no column ' ~ name if name not in types else '.' ~ name ~ ' is ' ~ types[name])
        ) -%}
    {%- endfor -%}
    {{ return(problems) }}
{%- endmacro %}
