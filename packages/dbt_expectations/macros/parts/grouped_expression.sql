{# Selects `expression` per group as `expression`, with the group's columns as group_1, group_2, ... #}
{% macro grouped_expression(model, expression, group_by=none, row_condition=none) %}
    {{- dbt_expectations.must_be_list("group_by", group_by or [], may_be_empty=true) -}}
    select
        {% for column in group_by or [] -%}
        {{ column }} as group_{{ loop.index }},
        {% endfor -%}
        {{ expression }} as expression
    from {{ model }}
    {%- if row_condition %}
    where {{ row_condition }}
    {%- endif %}
    {%- if group_by %}
    group by {{ range(1, group_by | length + 1) | join(", ") }}
    {%- endif %}
{%- endmacro %}
