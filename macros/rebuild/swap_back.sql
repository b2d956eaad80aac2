{#
    Changes the present rows of a model and those of `<model>__previous` for each other, in one transaction, and what is recorded of them: the next
    run brings again what runs since the swap have brought.
#}
{% macro swap_back(model) -%}
    {%- do check_tables_aside(model) -%}
    {%- set present = load_relation(ref(model)) -%}
    {%- set previous = table_aside(model, 'previous') -%}
    {%- set waiting = table_aside(model, 'rebuilt') -%}
    {%- do add_missing_columns(previous, present) -%}
    {%- do begin_rebuild(model) -%}
    {%- do run_query('create table ' ~ waiting ~ ' as select * from ' ~ previous) -%}
    {%- set columns = column_names(present) -%}
    {%- do run_in_one_step(
        replace_rows(previous, 'true', present, every_row(model), columns)
        ~ replace_rows(present, every_row(model), waiting, 'true', columns)
        ~ swap_progress(previous, present, previous)
        ~ note_table_aside(previous)
    ) -%}
    {%- do end_rebuild(model) -%}
{%- endmacro %}
