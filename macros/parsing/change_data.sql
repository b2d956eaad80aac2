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

        {{ json_documents(raw_table_name, records) }}

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

        select
            *,
            case
                when source_ts_ms_given or ts_ms_given
                    then coalesce({{ text_or_null('case when source_ts_ms_given then source_ts_ms_field else ts_ms_field end') }}, '?')
            end as changed_text,
            {%- for name in paths if name not in ['source_ts_ms', 'ts_ms'] %}
            {%- set text = text_or_null(name ~ '_field') %}
            {{ 'case when ' ~ name ~ '_given then coalesce(' ~ text ~ ", '?') end" if name in given else text }} as {{ name }}_text,
            {%- endfor %}
            case when trim(op_field, ' ') = 'd' then {{ text_or_null(json_text('document', ['before', key])) }} end as old_key_text,
            case when trim(op_field, ' ') = 'r' then {{ json_text('document', ['source', 'snapshot']) }} end as snapshot_text,
            case when lsn_field is null and log_file_field is null then {{ json_text('document', ['source', 'sequence']) }} end as sequence_text,
            case when log_file_field is not null then {{ text_or_null(json_text('document', ['source', 'pos'])) }} end as pos_text,
            case when log_file_field is not null then {{ text_or_null(json_text('document', ['source', 'row'])) }} end as row_text,
            {%- for name in decimals %}
            case
                when {{ name }}_given and {{ name }}_field is null then {{ json_text('document', ['after', name, 'value']) }}
                when {{ type_of(name) }} = 'org.apache.kafka.connect.data.Decimal' then {{ name }}_field
            end as {{ name }}_bytes,
            case when {{ name }}_given and {{ name }}_field is null then {{ json_text('document', ['after', name, 'scale']) }} end as {{ name }}_scale_text,
            {%- endfor %}
            {{ is_about_the_stream() }} as is_about_the_stream
        from fields

    ),

    numbers as (

        select
            *,
            {{ timestamp_or_epoch_or_null('changed_text') }} as changed_at,
            coalesce(lsn_text, {{ part_of_form('sequence_text', '([0-9]+)[^0-9]*$') }}) as lsn_or_sequence_text,
            {%- for name in times %}
            case when substr({{ name }}_text, 5, 1) <> '-' then {{ integer_or_null(name ~ '_text') }} end as {{ name }}_number,
            {{ unit_of_times(type_of(name), time_unit) }} as {{ name }}_unit,
            {%- endfor %}
            {%- for name in decimals %}
            {{ integer_text_of_base64(name ~ '_bytes') }} as {{ name }}_unscaled_number,
            {{ integer_or_null('coalesce(' ~ name ~ '_scale_text, ' ~ scale_of(name) ~ ')') }} as {{ name }}_scale_number,
            {%- endfor %}
            has_after and op_text in ('c', 'r', 'u') as has_columns
        from texts

    ),

    readings as (

        select
            *,
            {%- for name in times %}
            {{ microseconds_of_number(name ~ '_number', name ~ '_unit', 'changed_at') }} as {{ name }}_microseconds,
            {%- endfor %}
            {%- for name in decimals %}
            case
                when {{ name }}_bytes is null then {{ name }}_text
                else {{ decimal_text(name ~ '_unscaled_number', name ~ '_scale_number') }}
            end as {{ name }}_decimal_text,
            {%- endfor %}
            case
                when lsn_or_sequence_text is null and log_file_text is not null
                    then reverse({{ dbt.split_part('reverse(log_file_text)', "'.'", 1) }})
                else '0'
            end as log_text,
            coalesce(lsn_or_sequence_text, case when log_file_text is not null then pos_text end) as offset_text,
            case when lsn_or_sequence_text is null then coalesce(row_text, '0') else '0' end as log_row_text
        from numbers

    ),

    found as (

        select
            *,
            {%- for name in times %}
            case
                when {{ name }}_number is null then {{ timestamp_or_null(name ~ '_text') }}
                else {{ timestamp_in_calendar(name ~ '_microseconds') }}
            end as {{ name }}_value,
            {%- endfor %}
            {%- for name in decimals %}
            {{ decimal_or_null(name ~ '_decimal_text') }} as {{ name }}_value,
            {%- endfor %}
            {{ integer_or_null('log_text') }} as log_number,
            {{ integer_or_null('offset_text') }} as log_offset,
            {{ integer_or_null('log_row_text') }} as log_row
        from readings

    ),

    judged as (

        select
            *
            {%- for name in times -%}
            ,
            coalesce(has_columns and {{ is_placeholder_of_time(name) }}, false) as is_{{ name }}_placeholder
            {%- endfor %}
            {%- for name in decimals -%}
            ,
            coalesce(has_columns and lower({{ name }}_text) in ('nan', 'infinity', '-infinity'), false) as is_{{ name }}_placeholder
            {%- endfor %}
        from found

    )

    select
        payload,
        document,
        malformed_line,
        is_tombstone,
        is_object,
        is_about_the_stream,
        source_table_text as source_table,
        op_text,
        {{ operation_of('op_text') }} as operation,
        has_after,
        has_columns,
        case op_text when 't' then null when 'd' then coalesce(old_key_text, new_key_text) else new_key_text end as {{ key }},
        changed_text,
        changed_at,
        coalesce(log_name_text, '') as log_name,
        offset_text,
        log_number,
        log_offset,
        log_row,
        case
            when op_text <> 'r' then null
            when snapshot_text in ('first', 'first_in_data_collection') then 'first'
            when snapshot_text in ('last', 'last_in_data_collection') then 'last'
        end as snapshot_edge,
        {%- for name, kind in columns.items() %}
        {%- if kind == 'text' %}
        case when has_columns and {{ name }}_field <> '{{ unavailable_value() }}' then {{ name }}_text end as {{ name }},
        {%- else %}
        {{ name }}_text,
        case when has_columns and not is_{{ name }}_placeholder then {{ name }}_value end as {{ name }},
        coalesce(
            has_columns and {{ name }}_text <> '{{ unavailable_value() }}' and {{ name }}_value is null and not is_{{ name }}_placeholder, false
        ) as is_{{ name }}_bad,
        {%- endif %}
        {%- endfor %}
        {%- for name in times %}
        {{ name }}_number is not null and {{ name }}_unit = 'by_size' as is_{{ name }}_ambiguous,
        {%- endfor %}
        {%- for name in decimals %}
        case when {{ name }}_value is null and {{ name }}_bytes is null and {{ name }}_text <> 'true' then {{ is_base64(name ~ '_text') }} else false end
            as is_{{ name }}_undecodable,
        {%- endfor %}
        case
            when not has_columns then null
            when {{ columns.keys() | join('_present and ') }}_present and strpos(payload, '{{ unavailable_value() }}') = 0 then null
            else nullif({% for name in columns -%}
                case when not {{ name }}_present then '|{{ name }}=absent' when {{ name }}_field = '{{ unavailable_value() }}' then '|{{ name }}=unchanged' else '' end
                {{- ' || ' if not loop.last }}
            {%- endfor %}, '')
        end as absent_columns,
        case
            when {% for name in times + decimals %}is_{{ name }}_placeholder{{ ' or ' if not loop.last }}{% endfor %}
                then {% for name in times + decimals -%}
                    case when is_{{ name }}_placeholder then '|{{ name }}=' || {{ name }}_text else '' end{{ ' || ' if not loop.last }}
                {%- endfor %}
        end as placeholders,
        extra_columns,
        loaded_at,
        source_file,
        source_position
    from judged
{%- endmacro %}

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
        from ({{ change_records(raw_table_name, '(select * from ' ~ records ~ ' where payload is not null and ' ~ key ~ ' is null) as change_data', key, columns, 'by_size') }}) as changes
        {%- endif %}
    ) as new_records
{%- endmacro %}
