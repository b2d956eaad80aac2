{# The last step of change_records(), as a query of the CTE `judged`. #}
{% macro change_columns(key, columns, times, decimals) -%}
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
                case
                    when not {{ name }}_present then '|{{ name }}=absent'
                    when {{ name }}_field = '{{ unavailable_value() }}' then '|{{ name }}=unchanged'
                    else ''
                end
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
