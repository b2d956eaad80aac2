{#
    Rows that differ between a model's present and rebuilt tables. One row per day and difference, with the number of rows in
    which each column differs. `day` is the number of the column among `columns` that says the day, 0 for a model without one.
#}
{% macro rebuild_counts(model, key, columns, day) %}
    with

    {{ rebuild_joined(model, key, columns) }}

    select
        {% if day %} coalesce(new_{{ day }}, old_{{ day }}) {% else %} cast(null as date) {% endif %} as compared_day,
        difference,
        {%- for column in columns %}
        sum(case when is_changed_{{ loop.index }} then 1 else 0 end) as changed_{{ loop.index }},
        {%- endfor %}
        count(*) as row_count
    from compared
    where difference <> 'equal'
    group by 1, 2
{% endmacro %}
