{# The days that `--event-time-start` (inclusive) and `--event-time-end` (exclusive) ask to rebuild, as texts; empty in a normal run. #}
{% macro rebuilt_days() -%}
    {%- set days = [] -%}
    {#- dbt has these two among the arguments only, not in `flags`. -#}
    {%- set first = invocation_args_dict.event_time_start -%}
    {%- set end = invocation_args_dict.event_time_end -%}
    {%- if first and end and not is_for_checksum() -%}
        {%- for offset in range((end.date() - first.date()).days) -%}
            {%- do days.append((first.date() + modules.datetime.timedelta(days=offset)) | string) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(days) }}
{%- endmacro %}

{# The days that are rebuilt, as more rows of a query of days. #}
{% macro union_rebuilt_days() -%}
    {%- for day in rebuilt_days() %} union distinct select date '{{ day }}'{% endfor -%}
{%- endmacro %}

{# Dates as a list of SQL literals to look for. A list must not be empty; the first day of the calendar is looked for where there is none. #}
{% macro date_literals(dates) -%}
    {%- for date in dates | map('string') | list or ['0001-01-01'] -%}
        date '{{ date }}'{{ ', ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{#
    The dates that a query returns in its only column, those that are rebuilt, and a number of days before and after each, as SQL literals. A model that needs
    them twice asks once.
#}
{% macro dates_in(query, margin=0) -%}
    {%- set dates = rebuilt_days() -%}
    {#- Days are counted from the first of the calendar, 0, to the last. -#}
    {%- set first = modules.datetime.date(1, 1, 1) -%}
    {%- if execute and not is_for_checksum() -%}
        {%- set known = known_in_this_run('dates').setdefault(model.unique_id ~ ' ' ~ this, {}) -%}
        {%- if query not in known -%}
            {%- do known.update({query: run_query(query).columns[0].values() | reject('none') | list}) -%}
        {%- endif -%}
        {%- for date in known[query] -%}
            {%- set day = (date - first).days -%}
            {%- for number in range([day - margin, 0] | max, [day + margin, 3652058] | min + 1) -%}
                {%- do dates.append((first + modules.datetime.timedelta(days=number)) | string) -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(date_literals(dates | unique | sort)) }}
{%- endmacro %}
