{#
    The post-hook `{'sql': "{{ export_as_parquet('customer_id') }}", 'transaction': false}` of a small mart: writes its rows, sorted by
    `order_by` (its key, so that equal rows give equal bytes), to a Parquet file beside the warehouse, after they are committed. On BigQuery the
    table itself is what others read. A shadow table is not what others are to read.
#}
{% macro export_as_parquet(order_by) -%}
    {%- if execute and var('build_shadow_of', none) is none -%}
        {{ return(adapter.dispatch('export_as_parquet')(order_by)) }}
    {%- endif -%}
{%- endmacro %}

{#
    DuckDB writes to tmp_<name> in the same folder and renames it, so readers see the old file or the new one. What a killed build leaves
    there, the next one writes over. Unless it is told, DuckDB does so only where the file is there already. Times get their UTC.
#}
{% macro default__export_as_parquet(order_by) -%}
    {%- set path = parquet_path(this.identifier) -%}
    {%- if path -%}
        {%- set columns = [] -%}
        {%- for column in adapter.get_columns_in_relation(this) -%}
            {%- set is_time = column.dtype | lower == 'timestamp' -%}
            {%- do columns.append("timezone('UTC', " ~ column.name ~ ") as " ~ column.name if is_time else column.name) -%}
        {%- endfor -%}
        copy (select {{ columns | join(', ') }} from {{ this }} order by {{ order_by }})
        to '{{ path | replace("'", "''") }}' (format parquet, use_tmp_file true)
    {%- endif -%}
{%- endmacro %}

{% macro bigquery__export_as_parquet(order_by) -%}{%- endmacro %}

{# `warehouse.customer_summary.parquet` for the table customer_summary of warehouse.duckdb; nothing where the warehouse is no file. #}
{% macro parquet_path(table_name) -%}
    {%- if not modules.re.match('(:memory:|md:|motherduck:)', target.path) -%}
        {{ return(modules.re.sub('[.]duckdb$', '', target.path) ~ '.' ~ table_name ~ '.parquet') }}
    {%- endif -%}
{%- endmacro %}
