{# The messages of a raw table whose records are JSON, as a query: `payload` as it came, and `document` to read with json_fields(). #}
{% macro json_documents(raw_table_name, records) -%}
    select
            cast(payload as string) as payload,
            {{ json_or_null('payload') }} as document,
            {{ extra_raw_columns(raw_table_name) }} as extra_columns,
            loaded_at,
            source_file,
            source_position
        from {{ records }}
{%- endmacro %}
