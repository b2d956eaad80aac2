{# What Debezium writes for a large value that a change has left as it was. #}
{% macro unavailable_value() -%}
    {{ return('__debezium_unavailable_value') }}
{%- endmacro %}

{# The words for the letters of `op`; null for other letters. #}
{% macro operation_of(op) -%}
    case {{ op }} when 'c' then 'create' when 'u' then 'update' when 'd' then 'delete' when 'r' then 'read' when 't' then 'truncate' end
{%- endmacro %}

{#
    The envelope in a document from json_or_null(): what is in `payload`, beside the schema, where the connector writes its schema with every message
    (its default); else the document itself.
#}
{% macro envelope_of(document) -%}
    {{ on_engine(
        duckdb='case when ' ~ may_have_schema(document) ~ ' then case when json_type(' ~ document ~ ", '$.payload') = 'OBJECT' then cast(json_extract("
            ~ document ~ ", '$.payload') as string) else " ~ document ~ ' end else ' ~ document ~ ' end',
        bigquery='case when ' ~ may_have_schema(document) ~ " and lower(json_type(json_query(" ~ document ~ ", '$.payload'))) = 'object' then json_query("
            ~ document ~ ", '$.payload') else " ~ document ~ ' end'
    ) }}
{%- endmacro %}

{# Looking for a text is ten times cheaper than parsing, and most documents have no schema. #}
{% macro may_have_schema(document) -%}
    {{ on_engine(
        duckdb='case when contains(' ~ document ~ ", '\"payload\"') then json_type(" ~ document ~ ", '$.op') is null else false end",
        bigquery='json_query(' ~ document ~ ", '$.op') is null"
    ) }}
{%- endmacro %}

{#
    What the schema beside a payload says of the columns, as `|name=type:scale` for each; null without a schema. Type is the name of a type that Kafka
    Connect or Debezium gives a meaning to, empty for plain ones; scale that of decimals.
#}
{% macro column_types_of(document) -%}
    {{ on_engine(
        duckdb='case when ' ~ may_have_schema(document) ~ " then array_to_string(list_transform(json_extract(list_filter(json_extract(" ~ document
            ~ ", '$.schema.fields[*]'), lambda part: json_extract_string(part, '$.field') = 'after')[1], '$.fields[*]'), lambda field: '|'"
            ~ " || json_extract_string(field, '$.field') || '=' || coalesce(json_extract_string(field, '$.name'), '') || ':'"
            ~ " || coalesce(json_extract_string(field, '$.parameters.scale'), '')), '') end",
        bigquery='case when ' ~ may_have_schema(document) ~ " then (select string_agg('|' || json_value(field, '$.field') || '='"
            ~ " || coalesce(json_value(field, '$.name'), '') || ':' || coalesce(json_value(field, '$.parameters.scale'), ''), '')"
            ~ ' from unnest(json_query_array(' ~ document ~ ", '$.schema.fields')) as part, unnest(json_query_array(part, '$.fields')) as field"
            ~ " where json_value(part, '$.field') = 'after') end"
    ) }}
{%- endmacro %}

{# The type and the scale of a column in what column_types_of() found. #}
{% macro type_of(name) -%}
    {{ part_of_form('column_types', '[|]' ~ name ~ '=([^:|]+)') }}
{%- endmacro %}

{% macro scale_of(name) -%}
    {{ part_of_form('column_types', '[|]' ~ name ~ '=[^:|]*:([0-9]+)') }}
{%- endmacro %}

{# Whether a message says only that a key may be forgotten: null, the text `null`, or a schema beside nothing. #}
{% macro is_tombstone(payload, document) -%}
    {%- set no_payload = on_engine(
        duckdb='json_type(' ~ document ~ ", '$.payload') = 'NULL'", bigquery="lower(json_type(json_query(" ~ document ~ ", '$.payload'))) = 'null'"
    ) -%}
    coalesce(
                {{ payload }} is null or {{ text_or_null(payload) }} = 'null' or case when {{ may_have_schema(document) }} then {{ no_payload }} else false end, false
            )
{%- endmacro %}

{#
    Whether a message is about the stream and not about a row: a logical message, a signal, a heartbeat, the begin or end of a transaction, or a
    change of the schema. All but the first two have no operation.
#}
{% macro is_about_the_stream() -%}
    {%- set text = on_engine(duckdb='document', bigquery='to_json_string(document)') -%}
    {%- set form = '[{]\\s*"ts_ms"\\s*:\\s*"?[0-9]+"?\\s*[}]|.*"(?:ddl|tableChanges|event_count)"\\s*:(?:.|\\s)*' -%}
    coalesce(
                case when op_field is null then {{ has_form(text, form) }} else op_field = 'm' or source_table_field in ('debezium_signal', 'debezium_signals') end,
                false
            )
{%- endmacro %}

{# The unit of a column's times that are numbers: what its type says, else what is given. #}
{% macro unit_of_times(type, unit) -%}
    case {{ type }}
                when 'io.debezium.time.Timestamp' then 'milliseconds'
                when 'org.apache.kafka.connect.data.Timestamp' then 'milliseconds'
                when 'io.debezium.time.MicroTimestamp' then 'microseconds'
                when 'io.debezium.time.NanoTimestamp' then 'nanoseconds'
                else '{{ unit }}'
            end
{%- endmacro %}

{#
    A number that is a time as microseconds since 1970. By its size it is read where that gives a time from 1990 to 50 years after the change, which
    one unit at most does; else null.
#}
{% macro microseconds_of_number(number, unit, changed_at) -%}
    {%- set by_size -%}
        case length(cast({{ number }} as string))
            {%- for length, scaled in {9: '* 1000000', 10: '* 1000000', 12: '* 1000', 13: '* 1000', 15: '* 1', 16: '* 1'}.items() %} when {{ length }} then {{ number }} {{ scaled }}{% endfor %}
            {%- for length in [18, 19] %} when {{ length }} then {{ integer_divide(number, 1000) }}{% endfor %} end
    {%- endset -%}
    case {{ unit }}
                when 'microseconds' then {{ number }}
                when 'milliseconds' then case when {{ number }} between -62135596800000 and 253402300799999 then {{ number }} * 1000 end
                when 'seconds' then case when {{ number }} between -62135596800 and 253402300799 then {{ number }} * 1000000 end
                when 'nanoseconds' then {{ integer_divide(number, 1000) }}
                else case
                    when {{ by_size }} between 631152000000000 and {{ unix_microseconds(changed_at) }} + 1577880000000000 then {{ by_size }}
                end
            end
{%- endmacro %}

{#
    Whether the time of a column stands for none: infinity as PostgreSQL's connector writes it in each of its modes, the last day of the calendar, which
    by its size could be read in a wrong unit, and MySQL's zero dates.
#}
{% macro is_placeholder_of_time(name) -%}
    {%- set text, number, value = name ~ '_text', name ~ '_number', name ~ '_value' -%}
    {%- set seconds -%}
        case length(cast({{ number }} as string)) when 12 then {{ number }} when 15 then {{ integer_divide(number, 1000) }} when 18 then {{ integer_divide(number, 1000000) }} end
    {%- endset -%}
    case
                when {{ value }} is not null then {{ value }} >= timestamp '9999-12-31 00:00:00' or {{ value }} = timestamp '1970-01-01 00:00:00'
                when {{ text }} is null then false
                when {{ number }} = 0 or {{ number }} >= 9223372036800000000 or {{ number }} <= -9223372036800000000 then true
                when {{ name }}_unit = 'by_size' and {{ seconds }} between 253402214400 and 253402300799 then true
                else {{ has_form('lower(' ~ text ~ ')', '-?infinity|[-+][0-9]{6}-.*|0000-00-00.*') }}
            end
{%- endmacro %}

{% macro is_base64(text) -%}
    {{ has_form(text, '(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?') }}
{%- endmacro %}

{#
    The integer in at most 8 bytes, the first the highest, in two's complement, given as base64; as text. Null where the text is something else. No
    more bytes are written than the number needs.
#}
{% macro integer_text_of_base64(text) -%}
    {%- set hex = on_engine(duckdb='hex(from_base64(' ~ text ~ '))', bigquery='to_hex(from_base64(' ~ text ~ '))') -%}
    case
                when {{ is_base64(text) }} and length(rtrim({{ text }}, '=')) between 1 and 11
                    then cast({% for place in range(8) -%}
                        {%- set byte = "cast('0x' || substr(" ~ hex ~ ', length(' ~ hex ~ ') - ' ~ (2 * place + 1) ~ ', 2) as int64)' -%}
                        case
                            when length({{ hex }}) = {{ 2 * place + 2 }} and {{ byte }} > 127 then ({{ byte }} - 256) * {{ 256 ** place }}
                            when length({{ hex }}) >= {{ 2 * place + 2 }} then {{ byte }} * {{ 256 ** place }}
                            else 0
                        end{{ ' + ' if not loop.last }}
                    {%- endfor %} as string)
            end
{%- endmacro %}

{# A decimal as text, from its unscaled integer as text and its scale. #}
{% macro decimal_text(unscaled, scale) -%}
    {%- set digits = "replace(" ~ unscaled ~ ", '-', '')" -%}
    {%- set padded = "substr('" ~ '0' * 38 ~ "' || " ~ digits ~ ', 1 + least(38, 37 + length(' ~ digits ~ ') - ' ~ scale ~ '))' -%}
    case
                    when {{ scale }} between 0 and 37
                        then case when strpos({{ unscaled }}, '-') = 1 then '-' else '' end || substr({{ padded }}, 1, length({{ padded }}) - {{ scale }})
                            || '.' || substr({{ padded }}, length({{ padded }}) - {{ scale }} + 1)
                end
{%- endmacro %}
