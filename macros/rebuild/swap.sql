{#
    Puts the rebuilt rows of a model in the place of the present ones. The present ones are first copied to `<model>__previous`;
    the step itself is one transaction on the present table, which so keeps its permissions, descriptions and partitions. What is recorded
    of rows goes with them, so that the next run goes on from there and builds in full what is built from other rows.
    The rebuilt table stays on the list until it is dropped; without fingerprints it is not swapped in again.
#}
{% macro swap_in(model) -%}
    {%- do check_shadow_tables(model) -%}
    {%- set present = load_relation(ref(model)) -%}
    {%- set rebuilt = shadow_table(model, 'rebuilt') -%}
    {%- set previous = shadow_table(model, 'previous') -%}
    {%- do add_missing_columns(present, rebuilt) -%}
    {%- do run_in_one_step(record_shadow_table(previous)) -%}
    {%- do run_query('create or replace table ' ~ previous ~ ' as select * from ' ~ present ~ ' where ' ~ every_row(model)) -%}
    {%- do run_in_one_step(
        replace_rows(present, every_row(model), rebuilt, every_row(model), column_names(rebuilt))
        ~ swap_progress(previous, present, rebuilt)
        ~ record_shadow_table(rebuilt)
    ) -%}
    {%- do end_rebuild(model) -%}
{%- endmacro %}

{# The statements that record what is recorded of `present` for `previous`, and what is of `rebuilt` for `present`. #}
{% macro swap_progress(previous, present, rebuilt) -%}
    {%- set before = progress_of(present) -%}
    {%- set after = progress_of(rebuilt) -%}
    {{ progress_record(previous, before) }};
    {{ progress_record(present, after) }};
{%- endmacro %}

{#
    Changes the present rows of a model and those of `<model>__previous` for each other, in one transaction, and what is recorded of them: the next
    run brings again what runs since the swap have brought.
#}
{% macro swap_back(model) -%}
    {%- do check_shadow_tables(model) -%}
    {%- set present = load_relation(ref(model)) -%}
    {%- set previous = shadow_table(model, 'previous') -%}
    {%- set waiting = shadow_table(model, 'rebuilt') -%}
    {%- do add_missing_columns(previous, present) -%}
    {%- do begin_rebuild(model) -%}
    {%- do run_query('create table ' ~ waiting ~ ' as select * from ' ~ previous) -%}
    {%- set columns = column_names(present) -%}
    {%- do run_in_one_step(
        replace_rows(previous, 'true', present, every_row(model), columns)
        ~ replace_rows(present, every_row(model), waiting, 'true', columns)
        ~ swap_progress(previous, present, previous)
        ~ record_shadow_table(previous)
    ) -%}
    {%- do end_rebuild(model) -%}
{%- endmacro %}

{#
    Puts the rows of `source` in the place of all rows of `target`: two statements, for one transaction. Columns that are not in
    `columns` become null.
#}
{% macro replace_rows(target, condition, source, source_condition, columns) %}
    {%- set names = [] -%}
    {%- for column in columns -%}
        {%- do names.append(adapter.quote(column)) -%}
    {%- endfor -%}
    delete from {{ target }} where {{ condition }};
    insert into {{ target }} ({{ names | join(', ') }})
    select {{ names | join(', ') }}
    from {{ source }}
    where {{ source_condition }};
{% endmacro %}

{# Adds to a table, as nulls, the columns that only `other` has. #}
{% macro add_missing_columns(relation, other) -%}
    {%- set known = column_names(relation) -%}
    {%- set missing = [] -%}
    {%- for column in adapter.get_columns_in_relation(other) if column.name not in known -%}
        {%- do missing.append(column) -%}
    {%- endfor -%}
    {%- if missing -%}
        {%- do alter_relation_add_remove_columns(relation, missing, none) -%}
    {%- endif -%}
{%- endmacro %}
