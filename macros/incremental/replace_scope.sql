{#
    The incremental strategy `replace_scope`: takes away every stored row of the scope, puts in every row that came out, and records what was worked
    off, in one transaction; a unit for which nothing came out is gone. The scope is

    - what `scope()` says;
    - without it, the rows with the same `unique_key` as a row that came out;
    - without `unique_key`, the whole table.

    `day` in the model's `meta` names the date by which the table is divided: BigQuery looks only at the days of the scope. When days are rebuilt,
    whatever is stored on them is part of it.
#}
{% macro get_incremental_replace_scope_sql(arg_dict) -%}
    {%- set table = arg_dict['target_relation'] -%}
    {%- set new_rows = arg_dict['temp_relation'] -%}
    {%- set columns = arg_dict['dest_columns'] | map(attribute='quoted') | join(', ') -%}
    {%- set state = state_to_record() -%}
    {{ return(in_one_transaction([
        'delete from ' ~ table ~ ' as stored where ' ~ is_in_stored_scope(new_rows),
        'insert into ' ~ table ~ ' (' ~ columns ~ ') select ' ~ columns ~ ' from ' ~ new_rows,
        progress_record(this, state) if state,
    ] | select | list)) }}
{%- endmacro %}

{% macro is_in_stored_scope(new_rows) -%}
    {%- set day = config.get('meta', {}).get('day') -%}
    {%- set key = {} -%}
    {%- for column in config.get('unique_key') or [] -%}
        {%- do key.update({column: 'stored.' ~ column}) -%}
    {%- endfor -%}
    {%- if not key -%}
        true
    {%- elif plan().has_scope -%}
        ({% if day in key %}stored.{{ day }} in ({{ scope_days(day) }}) and {% endif %}{{ is_among(scope_table(), key) }})
        {%- if day and rebuilt_days() %}
        or stored.{{ day }} in ({{ date_literals(rebuilt_days()) }})
        {%- endif %}
    {%- else -%}
        ({% if day %}stored.{{ day }} in ({{ days_of_new_rows(new_rows, day) }}) and {% endif %}{{ is_among(new_rows, key) }})
    {%- endif -%}
{%- endmacro %}

{# The days of the rows that came out: as literals on BigQuery, which finds partitions by them, where DuckDB finds blocks by a subquery as well. #}
{% macro days_of_new_rows(new_rows, day) -%}
    {{ return(adapter.dispatch('days_of_new_rows')(new_rows, day)) }}
{%- endmacro %}

{% macro duckdb__days_of_new_rows(new_rows, day) -%}
    select {{ day }} from {{ new_rows }}{{ union_rebuilt_days() }}
{%- endmacro %}

{% macro bigquery__days_of_new_rows(new_rows, day) -%}
    {{ dates_in('select distinct ' ~ day ~ ' from ' ~ new_rows) }}
{%- endmacro %}
