{#
    The rows of a change feed that this model has not worked off, as something to select from: all of them when it is built in full. A change feed is a
    table whose rows carry the number of the run that wrote them, in `change_number`. `day` is its date (a column or an expression): when days are
    rebuilt (`--event-time-start`, `--event-time-end`), what is on them counts instead; a feed without a date has nothing on a day.
#}
{% macro new_rows(feed, day=none) -%}
    {%- if not is_incremental() -%}
        {{ feed }}
    {%- else -%}
        (select * from {{ feed }} where {{ is_new(feed, day) }})
    {%- endif -%}
{%- endmacro %}

{% macro is_new(feed, day) -%}
    {%- if rebuilt_days() -%}
        {{ day ~ ' in (' ~ date_literals(rebuilt_days()) ~ ')' if day else 'false' }}
    {%- elif not progress_of(feed).is_change_feed -%}
        {%- do exceptions.raise_compiler_error(
            feed.identifier ~ ' has no change_number, so ' ~ model.name ~ ' cannot ask it what is new: give new_rows() the change feed that it is made from.'
        ) -%}
    {%- else -%}
        {#- BigQuery demands a filter on the partitions of large tables. -#}
        {{ day ~ " >= date '0001-01-01' and " if day }}change_number > {{ plan().after.get(feed.identifier, 0) }}
        and change_number <= {{ plan().state.inputs[feed.identifier].number or 0 }}
    {%- endif -%}
{%- endmacro %}

{# The number of this run of a change feed (INT64). #}
{% macro change_number() -%}
    cast({{ plan().state.number if is_being_built() else 1 }} as int64)
{%- endmacro %}
