{#
    The text of a line that is no record of its file's format, null for all others. Only raw files have such lines: a table that was loaded, a seed and
    a unit test have no column for them.
#}
{% macro malformed_line(raw_table_name) -%}
    {%- set raw = load_cached_relation(raw_table(raw_table_name)) if execute and model.resource_type == 'model' and not is_for_checksum() else none -%}
    {%- set has_them = raw and 'malformed_line' in adapter.get_columns_in_relation(raw) | map(attribute='name') -%}
    {{ return('malformed_line' if has_them else 'cast(null as string)') }}
{%- endmacro %}
