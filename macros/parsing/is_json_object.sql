{# Whether a document from json_or_null() is an object, and not a list, a text, a number, true, false or null. #}
{% macro is_json_object(document) -%}
    (lower(json_type({{ document }})) = 'object')
{%- endmacro %}
