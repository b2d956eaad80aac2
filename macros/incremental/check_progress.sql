{#
    An on-run-start hook: stops a run before anything is written when it would replace what this project has not made, or mix rows that were built with
    other variables. Where raw has been purged, also a full refresh of `base_` tables, which keep what raw does not.
#}
{% macro check_progress() -%}
    {%- if execute and flags.WHICH in ['build', 'run', 'seed', 'snapshot'] and var('build_shadow_of', none) is none -%}
        {%- if attach_database_of_this_run() -%}
            {%- do run_query(attach_database_of_this_run()) -%}
        {%- endif -%}
        {%- do find_out_progress(relations_of(selected_and_read())) -%}
        {%- set kept_from = raw_kept_from() -%}
        {%- set not_ours = [] -%}
        {%- set changed = {} -%}
        {%- set settings = {} -%}
        {%- for unique_id in selected_resources if unique_id.startswith(('model.', 'seed.', 'snapshot.')) -%}
            {%- set node = node_of(unique_id) -%}
            {%- set state = progress_of(relation_of(node)) -%}
            {%- set is_there = load_relation(relation_of(node)) is not none -%}
            {%- set is_kept = kept_from and is_lasting_record(node) -%}
            {%- if on_engine(duckdb=node.database in [node.schema, database_of_this_run()], bigquery=false) -%}
                {%- do exceptions.raise_compiler_error(
                    'A DuckDB file cannot be called like a schema in it or a database of the run, ' ~ node.database ~ ': give the file another name.'
                ) -%}
            {%- elif is_there and state is none -%}
                {%- do not_ours.append(node.schema ~ '.' ~ node.alias) -%}
            {%- elif node.resource_type == 'snapshot' and is_there and has_other_user_ids(node) -%}
                {%- do exceptions.raise_compiler_error(
                    node.schema ~ '.' ~ node.alias ~ ' was begun with another user_id_type than ' ~ var('user_id_type')
                    ~ ', and what a snapshot keeps cannot be built again: give what it was built with, use another warehouse,'
                    ~ ' or rename that table, so that a new one begins.'
                ) -%}
            {%- elif is_kept and state and not is_there -%}
                {%- do exceptions.raise_compiler_error(
                    'The table of ' ~ node.name ~ ' is not there any more, and raw from before ' ~ kept_from ~ ' may be gone, so it cannot be built'
                    ~ ' again: bring it back, or use another warehouse.'
                ) -%}
            {%- elif node.config.materialized == 'incremental' and (is_kept or not flags.FULL_REFRESH) -%}
                {%- for setting in changed_variables(state or {}) -%}
                    {%- do changed.update({node.alias: state}) -%}
                    {%- do settings.update({setting: is_kept or settings.get(setting)}) -%}
                {%- endfor -%}
            {%- endif -%}
        {%- endfor -%}
        {%- if not_ours -%}
            {%- do exceptions.raise_compiler_error(
                not_ours[:3] | join(', ') ~ (' and ' ~ (not_ours | length - 3) ~ ' more' if not_ours | length > 3) ~ ': there, and not made by this'
                ~ ' project, so nothing was changed. Give what is there another name or schema, or build in another warehouse.'
            ) -%}
        {%- elif settings -%}
            {%- do exceptions.raise_compiler_error(
                'This warehouse was built with ' ~ settings | join(', ') ~ ', which is different now' ~ what_to_do(changed, settings, kept_from)
            ) -%}
        {%- endif -%}
        {%- if kept_from and flags.FULL_REFRESH -%}
            {%- do print('Raw from before ' ~ kept_from ~ ' may be gone: base_ tables keep their rows, and all else is built again from them.') -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{# Whether a snapshot has ids of users of another type than they have now: dbt would fail in mid-run, or turn one into the other. #}
{% macro has_other_user_ids(snapshot) -%}
    {%- if 'user_id' in snapshot.columns -%}
        {%- for column in adapter.get_columns_in_relation(relation_of(snapshot)) if column.name == 'user_id' -%}
            {{ return(column.is_string() != (var('user_id_type') == 'string')) }}
        {%- endfor -%}
    {%- endif -%}
    {{ return(false) }}
{%- endmacro %}
