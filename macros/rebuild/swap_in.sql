{#
    Puts the rebuilt rows of a model in the place of the present ones. The present ones are first copied to `<model>__previous`;
    the step itself is one transaction on the present table, which so keeps its permissions, descriptions and partitions. What is recorded
    of rows goes with them, so that the next run goes on from there and builds in full what is built from other rows.
    The rebuilt table stays on the list until it is dropped; without fingerprints it is not swapped in again.
#}
{% macro swap_in(model) -%}
    {%- do check_tables_aside(model) -%}
    {%- set present = load_relation(ref(model)) -%}
    {%- set rebuilt = table_aside(model, 'rebuilt') -%}
    {%- set previous = table_aside(model, 'previous') -%}
    {%- do add_missing_columns(present, rebuilt) -%}
    {%- do run_in_one_step(note_table_aside(previous)) -%}
    {%- do run_query('create or replace table ' ~ previous ~ ' as select * from ' ~ present ~ ' where ' ~ every_row(model)) -%}
    {%- do run_in_one_step(
        replace_rows(present, every_row(model), rebuilt, every_row(model), column_names(rebuilt))
        ~ swap_progress(previous, present, rebuilt)
        ~ note_table_aside(rebuilt)
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
