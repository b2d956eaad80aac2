{#
    An on-run-start hook: stops a run that would mix rows built with other variables, before anything is written. Where raw has been purged, also a
    full refresh of `base_` tables, which keep what raw does not.
#}
{% macro check_progress() -%}
    {%- if execute and flags.WHICH in ['build', 'run'] and var('build_aside', none) is none -%}
        {%- set kept_from = raw_kept_from() -%}
        {%- set changed = {} -%}
        {%- set settings = {} -%}
        {%- for unique_id in selected_resources if unique_id.startswith('model.') -%}
            {%- set node = graph.nodes[unique_id] -%}
            {%- set is_kept = kept_from and is_lasting_record(node) -%}
            {%- if is_kept and progress_of(relation_of(node)) and not load_relation(relation_of(node)) -%}
                {%- do exceptions.raise_compiler_error(
                    'The table of ' ~ node.name ~ ' is not there any more, and raw from before ' ~ kept_from ~ ' may be gone, so it cannot be built'
                    ~ ' again: bring it back, or use another warehouse.'
                ) -%}
            {%- endif -%}
            {%- if node.config.materialized == 'incremental' and (is_kept or not flags.FULL_REFRESH) -%}
                {%- set state = progress_of(relation_of(node)) or {} -%}
                {%- for setting in changed_variables(state) -%}
                    {%- do changed.update({node.alias: state.inputs}) -%}
                    {%- do settings.update({setting: is_kept or settings.get(setting)}) -%}
                {%- endfor -%}
            {%- endif -%}
        {%- endfor -%}
        {%- if settings.values() | select | list -%}
            {%- do exceptions.raise_compiler_error(
                'This warehouse was built with ' ~ settings | join(', ') ~ ', which is different now, and raw from before ' ~ kept_from
                ~ ' may be gone, so base_ tables cannot be built again: give what it was built with, or use another warehouse.'
            ) -%}
        {%- elif settings -%}
            {%- set first = [] -%}
            {%- for name, inputs in changed.items() if not inputs.keys() | select('in', changed) | list -%}
                {%- do first.append(name) -%}
            {%- endfor -%}
            {%- do exceptions.raise_compiler_error(
                'This warehouse was built with ' ~ settings | join(', ') ~ ', which is different now: give what it was built with, use another'
                ~ ' warehouse, or build again all that depends on it: ' ~ full_refresh_of(first)
            ) -%}
        {%- endif -%}
        {%- if kept_from and flags.FULL_REFRESH -%}
            {%- do print('Raw from before ' ~ kept_from ~ ' may be gone: base_ tables keep their rows, and all else is built again from them.') -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{# The variables that a relation was built with and that have another value now, as `name=value` of then. #}
{% macro changed_variables(state) -%}
    {%- set changed = [] -%}
    {%- for name, value in (state.variables or {}).items() if tojson(value) != tojson(var(name, none)) -%}
        {%- do changed.append(name ~ '=' ~ (value if value is string or value is not sequence else value | join('+'))) -%}
    {%- endfor -%}
    {{ return(changed) }}
{%- endmacro %}
