{# What `make rebuild` asks of the rows that differ. #}

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

{#
    Some of the rows that differ between a model's present and rebuilt tables, as many of each difference as there is room for:
    key, difference, and each column before and after, as text.
#}
{% macro rebuild_sample(model, key, columns, row_limit) %}
    with

    {{ rebuild_joined(model, key, columns) }},

    numbered as (
        select
            *,
            row_number() over (
                partition by difference
                order by {% for name in key %} key_{{ loop.index }} nulls first {{ ',' if not loop.last }} {% endfor %}
            ) as number_of_difference
        from compared
        where difference <> 'equal'
    )

    select
        {%- for name in key %}
        cast(key_{{ loop.index }} as {{ dbt.type_string() }}) as key_{{ loop.index }},
        {%- endfor %}
        {%- for column in columns %}
        cast(old_{{ loop.index }} as {{ dbt.type_string() }}) as old_{{ loop.index }},
        cast(new_{{ loop.index }} as {{ dbt.type_string() }}) as new_{{ loop.index }},
        {%- endfor %}
        difference
    from numbered
    order by number_of_difference, difference
    limit {{ row_limit }}
{% endmacro %}
