{#
    Fields of documents from json_or_null(), as a query: all columns of `documents`, which has a column `document`, and

    - `<name>_field` for each of `texts`, {name: path}: the field as text. A string as it is, true and false, a whole number within INT64, a
      decimal of up to 16 characters that is 0 or at least 0.0001. Null where there is nothing, null, an object or a list, and
      where a number has no text that all engines write alike.
    - `<name>_given` for each of `given`, names of texts: whether anything but null is there, readable or not.
    - `<name>` for each of `objects`, {name: path}: whether an object is there, and not a list, a text, a number, true, false or null.

    A path is a list of keys, plain names; that of the document itself is empty. Of keys that are there twice the first counts.
#}
{% macro json_fields(documents, texts, given=[], objects={}) -%}
    {{ return(adapter.dispatch('json_fields')(documents, texts, given, objects)) }}
{%- endmacro %}

{# DuckDB parses the text in every call of a function, so all paths are read in two calls. #}
{% macro default__json_fields(documents, texts, given, objects) -%}
    {%- set paths = [] -%}
    {%- for keys in texts.values() | list + objects.values() | list -%}
        {%- do paths.append(json_path(keys)) -%}
    {%- endfor %}
        select
            *,
            {%- for name in texts %}
            case
                when json_types[{{ loop.index }}] in ('VARCHAR', 'BOOLEAN') then json_values[{{ loop.index }}]
                when json_types[{{ loop.index }}] in ('BIGINT', 'UBIGINT', 'DOUBLE')
                    then {{ json_number('json_values[' ~ loop.index ~ ']') }}
            end as {{ name }}_field,
            {%- if name in given %}
            coalesce(json_types[{{ loop.index }}] <> 'NULL', false) as {{ name }}_given,
            {%- endif %}
            {%- endfor %}
            {%- for name in objects %}
            coalesce(json_types[{{ texts | length + loop.index }}] = 'OBJECT', false) as {{ name }}{{ ',' if not loop.last }}
            {%- endfor %}
        from (
            select
                *,
                json_type(document, [{{ paths | join(', ') }}]) as json_types,
                json_extract_string(document, [{{ paths | join(', ') }}]) as json_values
            from {{ documents }}
        ) as read_documents
{%- endmacro %}

{# The emulator calls a string varchar. #}
{% macro bigquery__json_fields(documents, texts, given, objects) %}
        select
            *,
            {%- for name, keys in texts.items() %}
            {%- set type = 'lower(json_type(json_query(document, ' ~ json_path(keys) ~ ')))' %}
            {%- set value = 'json_value(document, ' ~ json_path(keys) ~ ')' %}
            case when {{ type }} in ('string', 'varchar', 'boolean') then {{ value }} else {{ json_number(value) }} end as {{ name }}_field,
            {%- if name in given %}
            coalesce({{ type }} <> 'null', false) as {{ name }}_given,
            {%- endif %}
            {%- endfor %}
            {%- for name, keys in objects.items() %}
            coalesce(lower(json_type(json_query(document, {{ json_path(keys) }}))) = 'object', false) as {{ name }}{{ ',' if not loop.last }}
            {%- endfor %}
        from {{ documents }}
{%- endmacro %}

{% macro json_path(keys) -%}
    '{{ (['$'] + keys) | join('.') }}'
{%- endmacro %}

{# A number's text where all engines write it alike. #}
{% macro json_number(value) -%}
    case
        when {{ integer_or_null(value) }} is not null then {{ value }}
        when
            strpos({{ value }}, '.') > 0
            and length({{ value }}) <= 16
            and ltrim({{ value }}, '-.0123456789') = ''
            and substr(ltrim({{ value }}, '-'), 1, 6) <> '0.0000'
            then {{ value }}
    end
{%- endmacro %}
