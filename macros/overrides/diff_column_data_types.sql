{#
    Overrides dbt's comparison of an incremental model's new rows with its table. dbt 2 takes the types of the new rows from the driver
    (bigint, datetime, decimal(38, 9)) and those of the table from DuckDB's catalog (BIGINT, TIMESTAMP, DECIMAL(38,9)), so that a
    second build always seems to change the types. dbt-core asks the catalog for both, and nothing is different there.
#}
{% macro duckdb__diff_column_data_types(source_columns, target_columns) -%}
    {%- set changes = [] -%}
    {%- for old in target_columns -%}
        {%- for new in source_columns if new.name == old.name and type_in_capitals(new) != type_in_capitals(old) -%}
            {%- do changes.append({'column_name': old.name, 'new_type': new.data_type}) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(changes) }}
{%- endmacro %}

{# A column's type as DuckDB's catalog writes it. #}
{% macro type_in_capitals(column) -%}
    {{ return(column.data_type | upper | replace(' ', '') | replace('DATETIME', 'TIMESTAMP')) }}
{%- endmacro %}
