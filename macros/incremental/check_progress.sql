{#
    An on-run-start hook: stops a run before anything is written when it would replace what this project has not made, or mix rows that were built with
    other variables. Where raw has been purged, also a full refresh of `base_` tables, which keep what raw does not.
#}
{% macro check_progress() -%}
    {%- if execute and flags.WHICH in ['build', 'run', 'seed', 'snapshot'] and var('build_aside', none) is none -%}
        {%- set kept_from = raw_kept_from() -%}
        {%- set not_ours = [] -%}
        {%- set changed = {} -%}
        {%- set settings = {} -%}
        {%- for unique_id in selected_resources if unique_id.startswith(('model.', 'seed.', 'snapshot.')) -%}
            {%- set node = graph.nodes[unique_id] -%}
            {%- set state = progress_of(relation_of(node)) -%}
            {%- set is_there = load_relation(relation_of(node)) is not none -%}
            {%- set is_kept = kept_from and is_lasting_record(node) -%}
            {%- if target.type == 'duckdb' and node.schema == node.database -%}
                {%- do exceptions.raise_compiler_error(
                    'A DuckDB file cannot be called like a schema in it, ' ~ node.schema ~ ': give the file another name.'
                ) -%}
            {%- elif is_there and state is none -%}
                {%- do not_ours.append(node.schema ~ '.' ~ node.alias) -%}
            {%- elif is_kept and state and not is_there -%}
                {%- do exceptions.raise_compiler_error(
                    'The table of ' ~ node.name ~ ' is not there any more, and raw from before ' ~ kept_from ~ ' may be gone, so it cannot be built'
                    ~ ' again: bring it back, or use another warehouse.'
                ) -%}
            {%- elif node.config.materialized == 'incremental' and (is_kept or not flags.FULL_REFRESH) -%}
                {%- for setting in changed_variables(state or {}) -%}
                    {%- do changed.update({node.alias: state.inputs}) -%}
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

{# The end of the sentence: what can be done about `changed` models (their inputs by name), which were built with `settings`. #}
{% macro what_to_do(changed, settings, kept_from) -%}
    {%- set first = [] -%}
    {%- for name, inputs in changed.items() if not inputs.keys() | select('in', changed) | list -%}
        {%- do first.append(name) -%}
    {%- endfor -%}
    {%- if settings.values() | select | list -%}
        {{ return(
            ', and raw from before ' ~ kept_from ~ ' may be gone, so base_ tables cannot be built again: give what it was built with, or use another'
            ~ ' warehouse.'
        ) }}
    {%- elif (settings.keys() | list | string).count("'raw_") -%}
        {{ return(
            ": give --vars '{" ~ settings.keys() | map('replace', '=', ': ') | join(', ') ~ "}', or use another warehouse; dbt build --full-refresh builds"
            ~ ' all of it anew from the raw that is named now.'
        ) }}
    {%- endif -%}
    {{ return(
        ': give what it was built with, use another warehouse, or build again all that depends on it: ' ~ full_refresh_of(first)
    ) }}
{%- endmacro %}

{# The variables that a relation was built with and that have another value now, as `name=value` of then. #}
{% macro changed_variables(state) -%}
    {%- set changed = [] -%}
    {%- for name, value in (state.variables or {}).items() if tojson(value) != tojson(var(name, none)) -%}
        {%- do changed.append(name ~ '=' ~ (value if value is string or value is not sequence else value | join('+'))) -%}
    {%- endfor -%}
    {{ return(changed) }}
{%- endmacro %}
