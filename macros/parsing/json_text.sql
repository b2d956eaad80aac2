{# The text at a path of a document, null for nothing, null, an object or a list: for what few documents have, since it parses the document anew. #}
{% macro json_text(document, keys) -%}
    {{ on_engine(
        duckdb='case when json_type(' ~ document ~ ', ' ~ json_path(keys) ~ ") not in ('NULL', 'OBJECT', 'ARRAY') then json_extract_string(" ~ document
            ~ ', ' ~ json_path(keys) ~ ') end',
        bigquery='json_value(' ~ document ~ ', ' ~ json_path(keys) ~ ')'
    ) }}
{%- endmacro %}

{% macro json_path(keys) -%}
    '{{ (['$'] + keys) | join('.') }}'
{%- endmacro %}
