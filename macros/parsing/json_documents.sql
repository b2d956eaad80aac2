{#
    The messages of a raw table whose records are JSON, as a query: `payload` as it came, and `document` to read with json_fields(). What the keys
    `decimals` have is read as a decimal, so that zeros at its end say nothing.
#}
{% macro json_documents(raw_table_name, records, decimals=[]) -%}
    {#- DuckDB would work out an expression in each branch of a case that has it, so the strings are made before, and only where they are needed. -#}
    select
            cast(coalesce({{ malformed_line(raw_table_name) }}, payload) as string) as payload,
            {{ json_or_null('payload', document='payload_with_strings') }} as document,
            {{ malformed_line(raw_table_name) }} as malformed_line,
            {{ extra_raw_columns(raw_table_name, but='payload') }} as extra_columns,
            loaded_at,
            source_file,
            source_position
        from (
            select
                *,
                {{ strings_where_needed('payload', decimals) }} as payload_with_strings
            from {{ records }}
        ) as messages
{%- endmacro %}
