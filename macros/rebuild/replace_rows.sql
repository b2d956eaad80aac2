{#
    Puts the rows of `source` in the place of all rows of `target`: two statements, for one transaction. Columns that are not in
    `columns` become null.
#}
{% macro replace_rows(target, condition, source, source_condition, columns) %}
    {%- set names = [] -%}
    {%- for column in columns -%}
        {%- do names.append(adapter.quote(column)) -%}
    {%- endfor -%}
    delete from {{ target }} where {{ condition }};
    insert into {{ target }} ({{ names | join(', ') }})
    select {{ names | join(', ') }}
    from {{ source }}
    where {{ source_condition }};
{% endmacro %}
