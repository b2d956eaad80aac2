{#
    The mode of plan(): whether a model is built in full, incrementally or not at all, from its table as it is, what is recorded of it (`before`, none where
    nothing is), the inputs as they are now, and the checksum of its SQL. Stops the run where rows could be mixed that do not belong together.
#}
{% macro mode_of_run(existing, before, inputs, checksum) -%}
    {%- set is_kept = config.get('full_refresh') is false or (is_lasting_record(model) and raw_kept_from()) -%}
    {%- if existing is none and before is not none and is_kept -%}
        {%- do exceptions.raise_compiler_error(
            'The table of ' ~ this.identifier ~ ' is not there any more, and what it was built from may be gone, so it cannot be built again: bring it'
            ~ ' back, or use another warehouse.'
        ) -%}
    {%- elif reads_only_a_part() and existing is not none -%}
        {{ return('nothing') }}
    {%- elif existing is none or existing.type != 'table' or var('build_shadow_of', none) is not none -%}
        {{ return('full') }}
    {%- elif before is none or not before.build or (is_full_refresh_asked_for() and not is_kept) -%}
        {{ return('full') }}
    {%- elif before.sql != checksum -%}
        {%- if is_kept -%}
            {%- do exceptions.raise_compiler_error(
                this.identifier ~ ' has changed since it was built, and what it was built from may be gone, so it cannot be built again: take the change'
                ~ ' back, or use another warehouse.'
            ) -%}
        {%- elif not has_new_columns(existing) -%}
            {%- do check_sql_in_full() -%}
            {%- do exceptions.raise_compiler_error(build_again(this.identifier ~ ' has changed since it was built', [this.identifier])) -%}
        {%- endif -%}
        {{ return('full') }}
    {%- elif not are_same_builds(before.inputs, inputs) and not is_kept -%}
        {{ return('full') }}
    {%- endif -%}
    {{ return('incremental' if has_news(before.inputs, inputs) or is_lasting_record(model) else 'nothing') }}
{%- endmacro %}

{# Whether a number has gone up since. Days that are rebuilt and late scans that are asked for are always something to do. #}
{% macro has_news(before, now) -%}
    {%- if rebuilt_days() or var('rebuild_late') -%}
        {{ return(true) }}
    {%- endif -%}
    {%- for name, input in now.items() if input.number != before[name].number -%}
        {{ return(true) }}
    {%- endfor -%}
    {{ return(false) }}
{%- endmacro %}

{# Whether the tables that are read go back to the builds that were read before; stops the run where the SQL of a view is another. #}
{% macro are_same_builds(before, now) -%}
    {%- for name, input in now.items() -%}
        {%- set known = before.get(name, {}) -%}
        {%- if input.view and known.view and input.view != known.view -%}
            {%- do exceptions.raise_compiler_error(
                build_again(name ~ ' has changed since ' ~ this.identifier ~ ', which reads it, was built', [name])
            ) -%}
        {%- elif input.build != known.build or input.place != known.place or not (input.build or input.view or is_lasting_record(model)) -%}
            {{ return(false) }}
        {%- endif -%}
    {%- endfor -%}
    {{ return(before | length == now | length) }}
{%- endmacro %}

{% macro has_new_columns(table) -%}
    {{ return(model.columns | reject('in', column_names(table)) | list | length > 0) }}
{%- endmacro %}
