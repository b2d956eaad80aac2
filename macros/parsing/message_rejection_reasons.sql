{# The branches of a rejection `case` for a message that has no fields to read: nothing there, not JSON, or JSON without fields. #}
{% macro message_rejection_reasons() -%}
    when {{ text_or_null('payload') }} is null then 'empty_message'
            when document is null then 'not_json'
            when not is_object then 'not_an_object'
{%- endmacro %}
