{#
    The columns that a raw table has beyond the declared ones, as one text `column=value|…` by name of column, nulls left out; null
    where there is nothing. So what is new upstream is carried along at once, and no table needs another column. Values that are not
    text are written as the engine writes them. Unit tests have the declared columns only. `but` names a column that is read otherwise.
#}
{% macro extra_raw_columns(name, but=none) -%}
    {%- set found = columns_in_raw(name) -%}
    {%- set columns = undeclared_raw_columns(name, found) if found else [] -%}
    {%- set fields = [] -%}
    {%- for column in columns if column.name != but -%}
        {%- set label = dbt.escape_single_quotes(column.name) -%}
        {%- do fields.append("coalesce('|" ~ label ~ "=' || " ~ text_or_null(raw_value_as_text(column)) ~ ", '')") -%}
    {%- endfor -%}
    {%- if fields -%}
        nullif(substr({{ fields | join(' || ') }}, 2), '')
    {%- else -%}
        cast(null as string)
    {%- endif -%}
{%- endmacro %}

{#
    A raw column of any type as something that can be cast to text, null for null: BigQuery casts neither structs, arrays and JSON to text nor all
    bytes.
#}
{% macro raw_value_as_text(column) -%}
    {%- set name = adapter.quote(column.name | replace('"', '""')) -%}
    {%- set is_plain = column.data_type.split('(')[0] in [
        'STRING', 'INT64', 'FLOAT64', 'NUMERIC', 'BIGNUMERIC', 'BOOL', 'BOOLEAN', 'DATE', 'DATETIME', 'TIME', 'TIMESTAMP'
    ] -%}
    {{ on_engine(duckdb=name, bigquery=name if is_plain else 'case when ' ~ name ~ ' is not null then to_json_string(' ~ name ~ ') end') }}
{%- endmacro %}

{#
    The text of a line that is no record of its file's format, null for all others. Only raw files have such lines: a table that was loaded, a seed and
    a unit test have no column for them.
#}
{% macro malformed_line(name) -%}
    {{ return('malformed_line' if 'malformed_line' in columns_in_raw(name) | map(attribute='name') else 'cast(null as string)') }}
{%- endmacro %}

{#
    The columns that a raw table has when a model is built from it, which is asked once; none where a model is only read, or gets its rows from a unit
    test.
#}
{% macro columns_in_raw(name) -%}
    {%- set raw = load_cached_relation(raw_table(name)) if execute and model.resource_type == 'model' and not is_for_checksum() else none -%}
    {%- if not raw -%}
        {{ return([]) }}
    {%- endif -%}
    {%- set known = known_in_this_run('columns in raw') -%}
    {%- set key = model.unique_id ~ ' ' ~ name -%}
    {%- if key not in known -%}
        {%- do known.update({key: adapter.get_columns_in_relation(raw)}) -%}
    {%- endif -%}
    {{ return(known[key]) }}
{%- endmacro %}

{# Whether records of a raw table may be change data: it has a column `payload` of text beside the declared ones. #}
{% macro has_change_data(name) -%}
    {%- for column in columns_in_raw(name) if column.name == 'payload' and raw_column_type(column) | lower == 'string' -%}
        {{ return(true) }}
    {%- endfor -%}
    {{ return(false) }}
{%- endmacro %}
