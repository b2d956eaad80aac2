{#
    A field of a document from json_or_null() as text, by the keys that lead to it, such as `['after', 'status']`; keys are plain names. Of
    keys that are there twice the first counts. A string as it is, true and false, a whole number within INT64, a decimal of up to 16
    characters that is 0 or at least 0.0001. Null where there is nothing, null, an object or a list, and where a number has no text
    that all engines write alike.
#}
{% macro json_text(document, keys) -%}
    {%- set path = "'$." ~ keys | join('.') ~ "'" -%}
    {%- set value = json_scalar(document, path) -%}
    case
        when {{ json_type_at(document, path) }} in ('string', 'varchar', 'boolean') then {{ value }}
        when {{ integer_or_null(value) }} is not null then {{ value }}
        when
            strpos({{ value }}, '.') > 0
            and length({{ value }}) <= 16
            and ltrim({{ value }}, '-.0123456789') = ''
            and substr(ltrim({{ value }}, '-'), 1, 6) <> '0.0000'
            then {{ value }}
    end
{%- endmacro %}

{# A string, number, true or false at a path, as the engine writes it; null for all else. #}
{% macro json_scalar(document, path) -%}
    {{ return(adapter.dispatch('json_scalar')(document, path)) }}
{%- endmacro %}

{% macro default__json_scalar(document, path) -%}
    case when json_type({{ document }}, {{ path }}) not in ('OBJECT', 'ARRAY') then json_extract_string({{ document }}, {{ path }}) end
{%- endmacro %}

{% macro bigquery__json_scalar(document, path) -%}
    json_value({{ document }}, {{ path }})
{%- endmacro %}

{# The engine's name, in lower case, of what is at a path. #}
{% macro json_type_at(document, path) -%}
    {{ return(adapter.dispatch('json_type_at')(document, path)) }}
{%- endmacro %}

{% macro default__json_type_at(document, path) -%}
    lower(json_type({{ document }}, {{ path }}))
{%- endmacro %}

{% macro bigquery__json_type_at(document, path) -%}
    lower(json_type(json_query({{ document }}, {{ path }})))
{%- endmacro %}
