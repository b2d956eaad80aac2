{#
    Change data of one table read from its JSON, Debezium envelopes, as a query: one row per raw record with the operation, the place in the log,
    the key, and the columns of the table after the change. docs/change_data.md says what becomes of each form of envelope.

    - `raw_table_name`, `records`: the raw table of messages, and something to select raw records from.
    - `key`: the table's key, one column. `columns`: its other columns, {name: 'text', 'decimal' or 'time'}.
    - `time_unit`: the unit of times that are numbers, where no schema says it; or 'by_size'.

    A column is null where it is not given, cannot be read or is a placeholder, and after a deletion or a truncate. For a decimal or a time there is
    also `is_<name>_bad`: it is given and cannot be read. `absent_columns` names what the change does not speak of and `placeholders` what stands
    for no value: lists as `|name=text`, null where empty.
#}
{% macro change_records(raw_table_name, records, key, columns, time_unit) -%}
    {%- set paths = {
        'op': ['op'], 'ts_ms': ['ts_ms'], 'source_ts_ms': ['source', 'ts_ms'], 'new_key': ['after', key], 'log_name': ['source', 'name'],
        'source_table': ['source', 'table'], 'lsn': ['source', 'lsn'], 'log_file': ['source', 'file']
    } -%}
    {%- set times, decimals = [], [] -%}
    {%- for name, kind in columns.items() -%}
        {%- do paths.update({name: ['after', name]}) -%}
        {%- if kind == 'decimal' -%}
            {%- do decimals.append(name) -%}
        {%- elif kind == 'time' -%}
            {%- do times.append(name) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set given = ['ts_ms', 'source_ts_ms'] + decimals + times -%}
    with
    documents as (

        {{ json_documents(raw_table_name, records, decimals) }}

    ),

    envelopes as (

        select
            * replace ({{ envelope_of('document') }} as document),
            {{ column_types_of('document') }} as column_types,
            {{ is_tombstone('payload', 'document') }} as is_tombstone
        from documents

    ),

    fields as (

        {{ json_fields(
            'envelopes', paths, given=given, present=columns.keys() | list, objects={'is_object': [], 'has_after': ['after']}, within='after'
        ) }}

    ),

    texts as (

        {{ change_texts(paths, given, key, times, decimals) }}

    ),

    {{ change_values(times, decimals, time_unit) }}

    {{ change_columns(key, columns, times, decimals) }}
{%- endmacro %}
