{#
    The incremental strategy `replace_scope`: takes away every stored row of the scope, puts in every row that came out, in one
    transaction; a unit for which nothing came out is gone. A model says in its `meta` what its scope is:

    - `scope`: the list of what is touched (a model), and `scope_columns`: which column of the list is which column here;
    - `scope: own_rows`, for a list of the columns in `scope_columns`: stored rows with the same values as a row that came out;
    - `scope: everything`: all rows, for small tables that change as a whole.

    `day` names the date column by which the table is divided; with it, BigQuery looks only at the days of the scope. When days are
    rebuilt, whatever is stored on them is part of the scope.
#}
{% macro get_incremental_replace_scope_sql(arg_dict) -%}
    {%- set meta = config.get('meta') -%}
    {%- set target_relation = arg_dict['target_relation'] -%}
    {%- set columns = arg_dict['dest_columns'] | map(attribute='quoted') | join(', ') -%}
    {%- if meta.scope == 'everything' and inputs_changed() == 'false' -%}
        {{ return('select 1 as nothing_to_do') }}
    {%- endif -%}
    {%- set delete -%}
        delete from {{ target_relation }} as stored
        where {{ stored_rows_of_scope(meta, arg_dict['temp_relation']) }}
    {%- endset -%}
    {%- set insert -%}
        insert into {{ target_relation }} ({{ columns }})
        select {{ columns }}
        from {{ arg_dict['temp_relation'] }}
    {%- endset -%}
    {{ return(in_one_transaction([delete, insert])) }}
{%- endmacro %}

{% macro stored_rows_of_scope(meta, new_rows) -%}
    {%- if meta.scope == 'everything' -%}
        true
    {%- else -%}
        {%- set own_rows = meta.scope == 'own_rows' -%}
        {%- set scope = new_rows if own_rows else ref(meta.scope) -%}
        {%- set scope_columns = dict(zip(meta.scope_columns, meta.scope_columns)) if own_rows else meta.scope_columns -%}
        {%- set stored_columns = {} -%}
        {%- for theirs, ours in scope_columns.items() -%}
            {%- do stored_columns.update({theirs: 'stored.' ~ ours}) -%}
        {%- endfor -%}
        (
            {%- for theirs, ours in scope_columns.items() if ours == meta.day %}
            stored.{{ ours }} in ({{ dates_in('select distinct ' ~ theirs ~ ' from ' ~ scope) }}) and
            {%- endfor %}
            {%- if own_rows and meta.day %}
            stored.{{ meta.day }} in ({{ days_of_new_rows(new_rows, meta.day) }}) and
            {%- endif %}
            {{ is_among(scope, stored_columns) }}
        )
        {%- if meta.day and not own_rows and rebuilt_days() %}
        or stored.{{ meta.day }} in ({{ date_literals(rebuilt_days()) }})
        {%- endif %}
    {%- endif -%}
{%- endmacro %}

{#
    The days of the rows that came out, and those that are rebuilt: as literals, by which BigQuery finds partitions and DuckDB blocks. dbt 2
    makes the table of these rows in one go with what is done with it, so nobody can look at it before.
#}
{% macro days_of_new_rows(new_rows, day) -%}
    {%- if dbt_version.startswith('2.') -%}
        select {{ day }} from {{ new_rows }}
        {%- for rebuilt_day in rebuilt_days() %} union all select date '{{ rebuilt_day }}'{% endfor %}
    {%- else -%}
        {{ dates_in('select distinct ' ~ day ~ ' from ' ~ new_rows) }}
    {%- endif -%}
{%- endmacro %}
