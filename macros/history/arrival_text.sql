{# The arrival of a record as text, which no other record of its table has. #}
{% macro arrival_text() -%}
    cast({{ unix_microseconds('loaded_at') }} as string) || '|' || cast(source_position as string) || '|' || source_file
{%- endmacro %}
