{#
    A raw record as one line of text, `column=value|…`, nulls left out: what the rejected records show to a person.
    `columns` names for each raw column the expression that holds its text.
#}
{% macro raw_record(columns) -%}
    {%- for column, text in columns.items() %}
        coalesce('{{ column }}=' || {{ text }} || '|', ''){% if not loop.last %} || {% endif %}
    {%- endfor %}
{%- endmacro %}
