{#
    Versions (a slowly changing dimension of type 2) out of changes, as a query: all columns of `changes`, plus `version_number` from 1 and
    `next_changed_at`, null for the newest, and of each tracked column what it was before, `previous_<column>`. A change that says what is
    known already makes no version.

    - `changes`: a query or CTE with one row per `key` and `changed_at`, which orders them.
    - `tracked`: the columns that make a version.
#}
{% macro scd2_versions(changes, key, changed_at, tracked) -%}
    {%- set by_time = '(partition by ' ~ key ~ ' order by ' ~ changed_at ~ ')' %}
    select
        *,
        lead({{ changed_at }}) over {{ by_time }} as next_changed_at,
        row_number() over {{ by_time }} as version_number
    from (
        select
            *,
            {%- for column in tracked %}
            lag({{ column }}) over {{ by_time }} as previous_{{ column }},
            {%- endfor %}
            lag({{ changed_at }}) over {{ by_time }} as previous_changed_at
        from {{ changes }}
    ) as compared_changes
    where
        previous_changed_at is null
        {%- for column in tracked %}
        or {{ column }} is distinct from previous_{{ column }}
        {%- endfor %}
{%- endmacro %}

{# The arrival of a record as text, which no other record of its table has. #}
{% macro arrival_text() -%}
    cast({{ unix_microseconds('loaded_at') }} as string) || '|' || cast(source_position as string) || '|' || source_file
{%- endmacro %}
