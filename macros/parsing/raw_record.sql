{# A raw record as one line of text, `column=value|…`, nulls left out: what the rejected records show to a person. #}
{% macro raw_record(columns) -%}
    {%- for column in columns %}
        coalesce('{{ column }}=' || cast({{ column }} as string) || '|', ''){% if not loop.last %} || {% endif %}
    {%- endfor %}
{%- endmacro %}
