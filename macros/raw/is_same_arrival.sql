{# A predicate: two rows, by their aliases, are of the same raw record. #}
{% macro is_same_arrival(one, other) -%}
    {%- for column in ['loaded_at', 'source_file', 'source_position'] -%}
        {{ one }}.{{ column }} = {{ other }}.{{ column }}{{ ' and ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}
