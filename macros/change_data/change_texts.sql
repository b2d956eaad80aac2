{#
    A step of change_records(), as a query of the CTE `fields`: all its columns, and beside them the texts, `<name>_text`. Of `given` fields, a text is '?' where
    there is something that is no text.
#}
{% macro change_texts(paths, given, key, times, decimals) -%}
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
        {%- for name in times %}
        {{ type_of(name) }} as {{ name }}_type,
        {%- endfor %}
        {%- for name in decimals %}
        case
            when {{ name }}_given and {{ name }}_field is null then {{ json_text('document', ['after', name, 'value']) }}
            when {{ type_of(name) }} = 'org.apache.kafka.connect.data.Decimal' then {{ name }}_field
        end as {{ name }}_bytes,
        coalesce(
            case when {{ name }}_given and {{ name }}_field is null then {{ json_text('document', ['after', name, 'scale']) }} end, {{ scale_of(name) }}
        ) as {{ name }}_scale_text,
        {%- endfor %}
        {{ is_about_the_stream() }} as is_about_the_stream
    from fields
{%- endmacro %}
