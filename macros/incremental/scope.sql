{#
    What this run replaces of an incremental model: the units, named by the columns of its `unique_key`, whose rows may be different now. Written in
    the model as `call scope()` around a query of these columns. It is worked out once, into a table for this run, which `in_scope()` and the
    strategy `replace_scope` read.
#}
{% macro scope() -%}
    {%- if not execute -%}
        {%- do caller() -%}
    {%- elif is_incremental() -%}
        {%- do run_query(create_scope(scope_table(), caller())) -%}
        {%- do plan().update({'has_scope': true}) -%}
    {%- endif -%}
{%- endmacro %}

{# The rows of the scope: a table that is gone with the connection, or after half a day. #}
{% macro create_scope(table, query) -%}
    {{ return(adapter.dispatch('create_scope')(table, query)) }}
{%- endmacro %}

{% macro default__create_scope(table, query) -%}
    create or replace temporary table {{ table.include(database=false, schema=false) }} as
    {{ query }}
{%- endmacro %}

{% macro bigquery__create_scope(table, query) -%}
    create or replace table {{ table }}
    options (expiration_timestamp = timestamp_add(current_timestamp(), interval 12 hour)) as
    {{ query }}
{%- endmacro %}

{% macro scope_table() -%}
    {{ return(adapter.dispatch('scope_table')(this.identifier ~ '__scope')) }}
{%- endmacro %}

{% macro default__scope_table(name) -%}
    {{ return(api.Relation.create(database='temp', schema='main', identifier=name, type='table')) }}
{%- endmacro %}

{% macro bigquery__scope_table(name) -%}
    {{ return(this.incorporate(path={'identifier': name}, type='table')) }}
{%- endmacro %}

{#
    Of a table or of a common table expression, the rows from which the units of the scope are made; all rows when everything is built. A column that is
    named otherwise than in `unique_key`, or an expression, is given by name: `in_scope(ref('…'), session_date='event_date')`. One that the rows do not
    have is none, and is not compared.
#}
{% macro in_scope(rows) -%}
    {%- if is_incremental() -%}
        (select * from {{ rows }} where {{ is_in_scope(**kwargs) }})
    {%- else -%}
        {{ rows }}
    {%- endif -%}
{%- endmacro %}

{# The same as a predicate. `day` is the column of the scope that holds the date by which the rows are divided, where it is not the model's own. #}
{% macro is_in_scope(day=none) -%}
    {%- if is_incremental() -%}
        {%- set columns = {} -%}
        {%- for column in (config.get('unique_key') + kwargs.keys() | list) | unique if kwargs.get(column, column) -%}
            {%- do columns.update({column: kwargs.get(column, column)}) -%}
        {%- endfor -%}
        {%- set day = day or config.get('meta', {}).get('day') -%}
        {% if day in columns %}{{ columns[day] }} in ({{ scope_days(day) }}) and {% endif -%}
        {{ is_among(scope_table(), columns) }}
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}

{# The days of the scope as SQL literals, by which BigQuery finds partitions and DuckDB blocks. #}
{% macro scope_days(day) -%}
    {%- set known = plan().setdefault('days', {}) -%}
    {%- if day not in known -%}
        {%- do known.update({day: dates_in('select distinct ' ~ day ~ ' from ' ~ scope_table())}) -%}
    {%- endif -%}
    {{ return(known[day]) }}
{%- endmacro %}

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
    {%- else -%}
        {#- BigQuery demands a filter on the partitions of large tables. -#}
        {{ day ~ " >= date '0001-01-01' and " if day }}change_number > {{ plan().after.get(feed.identifier, 0) }}
        and change_number <= {{ plan().state.inputs[feed.identifier].number or 0 }}
    {%- endif -%}
{%- endmacro %}

{# The number of this run of a change feed (INT64). #}
{% macro change_number() -%}
    cast({{ plan().state.number if execute and model.resource_type == 'model' else 1 }} as int64)
{%- endmacro %}
