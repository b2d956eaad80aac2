{#
    None of these columns is ever null. For views, seeds and snapshots: where dbt writes a table of a model, its contract says
    `constraints: [{type: not_null}]`, and the engine refuses the row.
#}
{% test columns_are_not_null(model, column_names) %}
    select *
    from {{ model }}
    where {{ column_names | join(' is null or ') }} is null
{% endtest %}
