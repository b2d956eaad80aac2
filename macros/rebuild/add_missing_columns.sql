{# Adds to a table, as nulls, the columns that only `other` has. #}
{% macro add_missing_columns(relation, other) -%}
    {%- set known = column_names(relation) -%}
    {%- set missing = [] -%}
    {%- for column in adapter.get_columns_in_relation(other) if column.name not in known -%}
        {%- do missing.append(column) -%}
    {%- endfor -%}
    {%- if missing -%}
        {%- do alter_relation_add_remove_columns(relation, missing, none) -%}
    {%- endif -%}
{%- endmacro %}
