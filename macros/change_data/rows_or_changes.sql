{#
    New records of a raw table whose columns are text, as something to select from: `extra_columns`, `malformed_line` and what says where a record came
    from beside them. A record is change data where it has a `payload` and no key (see has_change_data()); then its columns are texts that the readers of
    values take, and there is

    - `payload`, as it came; null for other records;
    - `change_rejection`, why it does not say how a row is now; null where it does;
    - `source_changed_at`, `log_number`, `log_offset`, `log_row`: when, and where in the log, the change was made.

    `table` is what the table is called in change data; `columns` are those beside the key, as for change_records().
#}
{% macro rows_or_changes(raw_table_name, table, key, columns) -%}
    {%- set records = new_records(raw_table_name) -%}
    (
        select
            {{ key }},
            {{ columns | join(', ') }},
            {{ extra_raw_columns(raw_table_name) }} as extra_columns,
            {{ malformed_line(raw_table_name) }} as malformed_line,
            cast(null as string) as payload,
            cast(null as string) as change_rejection,
            cast(null as timestamp) as source_changed_at,
            cast(null as int64) as log_number,
            cast(null as int64) as log_offset,
            cast(null as int64) as log_row,
            loaded_at,
            source_file,
            source_position
        from {{ records }}
        {%- if has_change_data(raw_table_name) %}
        where payload is null or {{ key }} is not null

        union all

        select
            {{ key }},
            {%- for name, kind in columns.items() %}
            {{ name if kind == 'text' else 'case when is_' ~ name ~ '_bad then ' ~ name ~ '_text else cast(' ~ name ~ ' as string) end as ' ~ name }},
            {%- endfor %}
            extra_columns,
            malformed_line,
            payload,
            case
                {{ keyed_change_rejection_reasons(table) }}
            end as change_rejection,
            changed_at as source_changed_at,
            log_number,
            log_offset,
            log_row,
            loaded_at,
            source_file,
            source_position
        from (
            {{ change_records(
                raw_table_name, '(select * from ' ~ records ~ ' where payload is not null and ' ~ key ~ ' is null) as change_data', key, columns, 'by_size'
            ) }}
        ) as changes
        {%- endif %}
    ) as new_records
{%- endmacro %}
