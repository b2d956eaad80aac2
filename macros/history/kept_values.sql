{#
    Changes of a keyed table in which a column that a change does not speak of has the value it had before, as a query: all columns of `changes`. After
    a deletion there is nothing to keep.

    - `changes`: a CTE with one row per `key` and `step`, its place in their order, `is_deleted`, and `absent_columns` as change_records() gives it.
    - `columns`: {name in absent_columns: name here}.
#}
{% macro kept_values(changes, key, step, columns) -%}
    {%- set gaps = '(select gaps.' ~ key ~ ' from ' ~ changes ~ ' as gaps where gaps.absent_columns is not null)' %}
    select *
    from {{ changes }} as whole_changes
    where whole_changes.{{ key }} not in {{ gaps }}

    union all

    {#- BigQuery has no windows in `replace`. -#}
    {%- set helpers = [] -%}
    {%- for column in columns.values() -%}
        {%- do helpers.extend(['told_' ~ column, 'kept_' ~ column]) -%}
    {%- endfor %}
    select * {{ on_engine(duckdb='exclude', bigquery='except') }} ({{ helpers | join(', ') }}) replace (
        {%- for column in columns.values() %}
        kept_{{ column }} as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    )
    from (
        select
            *,
            {%- for column in columns.values() %}
            first_value({{ column }}) over (partition by {{ key }}, told_{{ column }} order by {{ step }}) as kept_{{ column }}{{ ',' if not loop.last }}
            {%- endfor %}
        from (
            select
                *,
                {%- for absent, column in columns.items() %}
                sum(case when strpos(coalesce(absent_columns, ''), '|{{ absent }}=') > 0 then 0 else 1 end)
                    over (partition by {{ key }} order by {{ step }}) as told_{{ column }}{{ ',' if not loop.last }}
                {%- endfor %}
            from {{ changes }} as changes_with_gaps
            where changes_with_gaps.{{ key }} in {{ gaps }}
        ) as told
    ) as kept
{%- endmacro %}
