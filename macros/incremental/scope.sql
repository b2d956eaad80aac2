{#
    What this run replaces of an incremental model: the units, named by the columns of its `unique_key`, whose rows may be different now. Written in
    the model as `call scope()` around a query of these columns. It is worked out once, into a table for this run, which `in_scope()` and the
    strategy `replace_scope` read. Where a unit is a day, days that are rebuilt are in it whatever the query says.
#}
{% macro scope() -%}
    {%- if not execute -%}
        {%- do caller() -%}
    {%- elif is_for_checksum() -%}
        {{ caller() }}
    {%- elif is_incremental() -%}
        {%- do run_query(on_engine(
            duckdb=("attach if not exists ':memory:' as scopes; create or replace table " ~ scope_table() if dbt_version.startswith('2.')
                else 'create or replace temporary table ' ~ adapter.quote(scope_table().identifier)) ~ ' as',
            bigquery='create or replace table ' ~ scope_table()
                ~ ' options (expiration_timestamp = timestamp_add(current_timestamp(), interval 12 hour)) as'
        ) ~ ' ' ~ with_rebuilt_days(caller())) -%}
        {%- set missing = config.get('unique_key') | reject('in', column_names(scope_table())) | join(', ') -%}
        {%- if missing -%}
            {%- do exceptions.raise_compiler_error(
                'The scope of ' ~ model.name ~ ' does not have ' ~ missing ~ ': it must name every column of unique_key.'
            ) -%}
        {%- endif -%}
        {%- do plan().update({'has_scope': true}) -%}
    {%- endif -%}
{%- endmacro %}

{% macro with_rebuilt_days(scope) -%}
    {%- set day = config.get('meta', {}).get('day') -%}
    {%- if config.get('unique_key') != [day] or not rebuilt_days() -%}
        {{ return(scope) }}
    {%- endif -%}
    select {{ day }} from ({{ scope }}) as scope_of_model
    {%- for rebuilt_day in rebuilt_days() %} union distinct select date '{{ rebuilt_day }}'{% endfor -%}
{%- endmacro %}

{#
    The table of the scope, gone after half a day. On DuckDB it is temporary and gone with the connection; dbt 2 makes a connection for each query, so
    there it is in a database in memory.
#}
{% macro scope_table() -%}
    {%- set name = this.identifier ~ '__scope' -%}
    {{ return(on_engine(
        duckdb=api.Relation.create(database='scopes' if dbt_version.startswith('2.') else 'temp', schema='main', identifier=name, type='table'),
        bigquery=this.incorporate(path={'identifier': name}, type='table')
    )) }}
{%- endmacro %}

{#
    Of a table or of a common table expression, the rows from which the units of the scope are made; all rows when everything is built. A column that is
    named otherwise than in `unique_key`, or an expression, is given by name: `in_scope(ref('…'), session_date='event_date')`. One that the rows do not
    have is none, and is not compared.
#}
{% macro in_scope(rows) -%}
    {%- if is_incremental() -%}
        {%- set columns = {} -%}
        {%- for column in (config.get('unique_key') + kwargs.keys() | list) | unique if column != 'day' -%}
            {#- dbt 2 takes none in a mapping for nothing, where `get` has a default. -#}
            {%- set name = kwargs[column] if column in kwargs else column -%}
            {%- do columns.update({column: 'scoped_rows.' ~ name if name and modules.re.fullmatch('[a-z_]+', name) else name}) -%}
        {%- endfor -%}
        (select * from {{ rows }} as scoped_rows where {{ is_in_scope(**dict(kwargs, **columns)) }})
    {%- else -%}
        {{ rows }}
    {%- endif -%}
{%- endmacro %}

{# The same as a predicate. `day` is the column of the scope that holds the date by which the rows are divided, where it is not the model's own. #}
{% macro is_in_scope(day=none) -%}
    {%- if is_incremental() -%}
        {%- set columns = {} -%}
        {%- for column in (config.get('unique_key') + kwargs.keys() | list) | unique if column not in kwargs or kwargs[column] -%}
            {%- do columns.update({column: kwargs[column] or column}) -%}
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
    {{ return(dates_in('select distinct ' ~ day ~ ' from ' ~ scope_table())) }}
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
