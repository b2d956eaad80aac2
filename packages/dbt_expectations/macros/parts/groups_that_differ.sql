{# Groups whose aggregates in two tables differ by more than the tolerance; a missing or null one counts as 0. #}
{% macro groups_that_differ(model, expression, compare_model, compare_expression, group_by, compare_group_by,
                            row_condition, compare_row_condition, tolerance=0.0, tolerance_percent=none) %}
    {{- dbt_expectations.must_be_given("compare_model", compare_model) -}}
with this_side as (
    {{ dbt_expectations.grouped_expression(model, expression, group_by, row_condition) }}
),

other_side as (
    {{ dbt_expectations.grouped_expression(
        compare_model, compare_expression or expression,
        compare_group_by or group_by, compare_row_condition or row_condition
    ) }}
),

compared as (
    select
        {% for column in group_by or [] -%}
        coalesce(this_side.group_{{ loop.index }}, other_side.group_{{ loop.index }}) as group_{{ loop.index }},
        {% endfor -%}
        this_side.expression as this_expression,
        other_side.expression as other_expression,
        abs(coalesce(this_side.expression, 0) - coalesce(other_side.expression, 0)) as difference
    from this_side
    {% if group_by -%}
    full outer join other_side
        on {% for column in group_by -%}
        this_side.group_{{ loop.index }} = other_side.group_{{ loop.index }}{{ " and " if not loop.last }}
        {%- endfor %}
    {%- else -%}
    cross join other_side
    {%- endif %}
)

select * from compared
{% if tolerance_percent -%}
where difference / nullif(this_expression * 1.0, 0) > {{ tolerance_percent }}
{%- else -%}
where difference > {{ tolerance }}
{%- endif %}
{% endmacro %}
