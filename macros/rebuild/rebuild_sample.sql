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
