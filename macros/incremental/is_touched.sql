{#
    A predicate for an incremental run: the row is among what is touched. `columns` says which column of the list is which column here;
    `day` is the one of them that holds the list's dates, which then bound what is read. `true` when everything is built.
#}
{% macro is_touched(touched, columns, day=none) -%}
    {%- if not execute -%}
        {%- do ref(touched) -%}
    {%- endif -%}
    {%- if is_incremental_run() -%}
        {%- if day -%}
            {{ columns[day] }} in ({{ touched_dates(touched, day) }})
            and {% endif -%}
        {{ is_among(ref(touched), columns) }}
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}

{# The weaker predicate that the row is on a date of the list, for rows that several units of a day need. #}
{% macro is_on_touched_date(touched, day, date) -%}
    {%- if not execute -%}
        {%- do ref(touched) -%}
    {%- endif -%}
    {%- if is_incremental_run() -%}
        {{ date }} in ({{ touched_dates(touched, day) }})
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}
