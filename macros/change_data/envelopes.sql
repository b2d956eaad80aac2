{# The parts of a Debezium envelope. #}

{#
    The envelope in a document from json_or_null(): what is in `payload`, beside the schema, where the connector writes its schema with every message
    (its default); else the document itself.
#}
{% macro envelope_of(document) -%}
    {{ on_engine(
        duckdb='case when ' ~ may_have_schema(document) ~ ' then case when json_type(' ~ document ~ ", '$.payload') = 'OBJECT' then cast(json_extract("
            ~ with_numbers_as_strings(document) ~ ", '$.payload') as string) else " ~ document ~ ' end else ' ~ document ~ ' end',
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

{# What Debezium writes for a large value that a change has left as it was. #}
{% macro unavailable_value() -%}
    {{ return('__debezium_unavailable_value') }}
{%- endmacro %}

{# The words for the letters of `op`; null for other letters. #}
{% macro operation_of(op) -%}
    case {{ op }} when 'c' then 'create' when 'u' then 'update' when 'd' then 'delete' when 'r' then 'read' when 't' then 'truncate' end
{%- endmacro %}

{# Whether a message says only that a key may be forgotten: null, the text `null`, or a schema beside nothing. #}
{% macro is_tombstone(payload, document) -%}
    {%- set no_payload = on_engine(
        duckdb='json_type(' ~ document ~ ", '$.payload') = 'NULL'", bigquery="lower(json_type(json_query(" ~ document ~ ", '$.payload'))) = 'null'"
    ) -%}
    coalesce(
                {{ payload }} is null
                or {{ text_or_null(payload) }} = 'null'
                or case when {{ may_have_schema(document) }} then {{ no_payload }} else false end,
                false
            )
{%- endmacro %}

{#
    Whether a message is about the stream and not about a row: a logical message, a signal, a heartbeat, the begin or end of a transaction, or a
    change of the schema. All but the first two have no operation.
#}
{% macro is_about_the_stream() -%}
    {%- set text = on_engine(duckdb='document', bigquery='to_json_string(document)') -%}
    {%- set form = '[{]\\s*"ts_ms"\\s*:\\s*"?[0-9]+"?\\s*[}]|(?:.|\\s)*"(?:ddl|tableChanges|event_count)"\\s*:(?:.|\\s)*' -%}
    coalesce(
                case when op_field is null then {{ has_form(text, form) }} else op_field = 'm' or source_table_field in ('debezium_signal', 'debezium_signals') end,
                false
            )
{%- endmacro %}
