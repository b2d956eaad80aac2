{#
    Puts the rows of `source` in the place of all rows of `target`: two statements, for one transaction. Columns that are not in
    `columns` become null. `change_number`, if given, is written into the column of that name.
#}
{% macro replace_rows(target, condition, source, source_condition, columns, change_number=none) %}
    {%- set names = [] -%}
    {%- for column in columns -%}
        {%- do names.append(adapter.quote(column)) -%}
    {%- endfor -%}
    delete from {{ target }} where {{ condition }};
    insert into {{ target }} ({{ names | join(', ') }})
    select
        {%- for column in columns %}
        {{ change_number if column == 'change_number' and change_number is not none else adapter.quote(column) }}
        {{- ',' if not loop.last }}
        {%- endfor %}
    from {{ source }}
    where {{ source_condition }};
{% endmacro %}
