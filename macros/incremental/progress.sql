{#
    `model_state`, a table in every schema that the project writes to: what each relation there was made from. A row is written with the rows of
    the relation, in their transaction; of several rows of a relation that with the greatest `run_number` counts. `state` is JSON:

    - `build`: a name for the last build in full, which the rows go back to. Null while there is none.
    - `number`: the run that wrote rows last. Rows of a change feed (`is_change_feed`) carry it in `change_number`.
    - `sql`: a checksum of the SQL of a full refresh; `docs`: one of the descriptions; `is_view`.
    - `inputs`: what was read: of a table its place, its `build` and up to which `number`; of a view the checksum of its SQL.
    - `upstream`: up to which number all tables further up have been worked off.
    - `variables`: the values of those that this SQL and its inputs have read.

    A relation without a row was not made by this project, which neither replaces nor drops it.
#}
{% macro progress_table(relation) -%}
    {{ return(api.Relation.create(database=relation.database, schema=relation.schema, identifier='model_state', type='table')) }}
{%- endmacro %}

{# An on-run-start hook: each schema that is written to has its table. #}
{% macro create_progress_tables() -%}
    {%- if execute and flags.WHICH in ['build', 'run', 'seed', 'snapshot'] -%}
        {%- for unique_id in selected_resources -%}
            {%- set node = graph.nodes.get(unique_id) -%}
            {%- if node and node.resource_type in ['model', 'seed', 'snapshot'] -%}
                {{ create_progress_table(relation_of(node)) }}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}

{# The statement that makes the table of a relation's schema; nothing where it is there. #}
{% macro create_progress_table(relation) -%}
    {%- set table = progress_table(relation) -%}
    {%- do progress_of(relation) -%}
    {%- if load_relation(table) is none -%}
        {#- What dbt has begun in order to look at tables is never committed. -#}
        {%- do adapter.commit() -%}
        {%- do adapter.cache_added(table) -%}
        create table if not exists {{ table }} (
            relation_name {{ dbt.type_string() }},
            run_number {{ dbt.type_bigint() }},
            state {{ dbt.type_string() }},
            recorded_at {{ dbt.type_timestamp() }}
        );
    {%- endif -%}
{%- endmacro %}

{# The state of a relation, with its `run_number`; none where the project has not made it. Each schema is asked about once a run. #}
{% macro progress_of(relation) -%}
    {%- set known = known_in_this_run('progress') -%}
    {%- set schema = relation.database ~ '.' ~ relation.schema -%}
    {%- if schema not in known -%}
        {%- set states = {} -%}
        {%- set table = progress_table(relation) -%}
        {%- if load_relation(table) is not none -%}
            {%- for name, number, state in run_query(
                'select relation_name, run_number, state from ' ~ table
                ~ ' qualify row_number() over (partition by relation_name order by run_number desc) = 1'
            ).rows -%}
                {%- do states.update({name: dict(fromjson(state), run_number=number | int)}) -%}
            {%- endfor -%}
        {%- endif -%}
        {%- do known.update({schema: states}) -%}
    {%- endif -%}
    {{ return(known[schema].get(relation.identifier)) }}
{%- endmacro %}

{# The statement that writes a state of a relation; from here on progress_of() knows it. #}
{% macro progress_record(relation, state) -%}
    {%- set number = [(progress_of(relation) or {'run_number': 0}).run_number + 1, state.number or 0] | max -%}
    {%- do known_in_this_run('progress')[relation.database ~ '.' ~ relation.schema].update({relation.identifier: dict(state, run_number=number)}) -%}
    insert into {{ progress_table(relation) }} (relation_name, run_number, state, recorded_at)
    values (
        '{{ relation.identifier }}', {{ number }}, {{ dbt.string_literal(tojson(state, sort_keys=true)) }},
        cast({{ dbt.current_timestamp() }} as {{ dbt.type_timestamp() }})
    )
{%- endmacro %}

{% macro relation_of(node) -%}
    {{ return(api.Relation.create(database=node.database, schema=node.schema, identifier=node.alias)) }}
{%- endmacro %}

{#
    The pre-hook of all that is written. Where a table and what is recorded of it are not written in one step, it records that the table is not
    built, until the second is there.
#}
{% macro record_start() -%}
    {%- if execute and is_written_in_steps() and flags.WHICH != 'clone' -%}
        {%- set before = progress_of(this) -%}
        {%- if before is none or (before.build and should_full_refresh()) -%}
            {{ progress_record(this, {'build': none}) }}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{# Whether a table that is made anew is there before the transaction ends: BigQuery makes tables outside of transactions, and dbt 2 begins none. #}
{% macro is_written_in_steps() -%}
    {{ return(on_engine(duckdb=dbt_version.startswith('2.'), bigquery=true)) }}
{%- endmacro %}

{# The post-hook of all that is written: records what it was made from, in the transaction of its rows. #}
{% macro record_progress() -%}
    {%- if execute -%}
        {%- set state = state_to_record() -%}
        {%- if state -%}
            {{ create_progress_table(this) }}
            {{ progress_record(this, state) }}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{# What is recorded of this relation, now that it is made; none where nothing has changed, or nothing may be said. #}
{% macro state_to_record() -%}
    {%- set before = progress_of(this) -%}
    {%- set is_first = {'build': none} if before is none else none -%}
    {%- if flags.WHICH == 'clone' -%}
        {{ return(state_of_clone()) }}
    {%- elif model.config.materialized == 'incremental' -%}
        {%- set is_recorded = plan().is_recorded -%}
        {%- do plan().update({'is_recorded': true}) -%}
        {#- An empty table that was not there before says nothing. -#}
        {{ return(({'build': none} if plan().mode == 'full' else none) if is_recorded else plan().state) }}
    {%- elif reads_only_a_part() -%}
        {{ return({'build': none}) }}
    {%- elif model.config.materialized == 'view' -%}
        {%- set state = state_of_view() -%}
        {{ return(state if is_first or state.sql != before.sql or state.docs != before.docs or state.places != before.places else none) }}
    {%- elif model.resource_type == 'seed' -%}
        {{ return({'build': model.checksum.checksum} if is_first or before.build != model.checksum.checksum else none) }}
    {%- elif model.config.materialized == 'snapshot' -%}
        {{ return(is_first) }}
    {%- else -%}
        {{ return({'build': invocation_id}) }}
    {%- endif -%}
{%- endmacro %}

{% macro state_of_view() -%}
    {%- set places = [] -%}
    {%- for relation in relations_read() -%}
        {%- do places.append(place_of(relation)) -%}
    {%- endfor -%}
    {{ return({
        'is_view': true, 'sql': checksum_of(without_places(model.compiled_code)), 'docs': checksum_of_descriptions(),
        'places': places, 'variables': known_in_this_run('settings').get(model.unique_id, {})
    }) }}
{%- endmacro %}

{# A clone that is a view is read where it looks; one that is a table goes back to no build, so what reads it, and the next run of it, build in full. #}
{% macro state_of_clone() -%}
    {{ return({'is_view': true, 'sql': '', 'places': [place_of(defer_relation)]}) }}
{%- endmacro %}

{% macro bigquery__create_or_replace_clone(this_relation, defer_relation) -%}
    {{ create_progress_table(this_relation) }}
    {{ progress_record(this_relation, {'build': none}) }};
    create or replace table {{ this_relation }} clone {{ defer_relation }}
{%- endmacro %}

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
            {%- if on_engine(duckdb=node.schema == node.database, bigquery=false) -%}
                {%- do exceptions.raise_compiler_error(
                    'A DuckDB file cannot be called like a schema in it, ' ~ node.schema ~ ': give the file another name.'
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

{# The end of the sentence: what can be done about `changed` models (their states by name), which were built with `settings`. #}
{% macro what_to_do(changed, settings, kept_from) -%}
    {%- set first = [] -%}
    {%- for name, state in changed.items() -%}
        {%- do first.extend(first_changed(name, state)) -%}
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
        ': give what it was built with, use another warehouse, or build again all that depends on it: ' ~ full_refresh_of(first) ~ with_variables()
    ) }}
{%- endmacro %}

{# Where a change of variables begins: the tables furthest up that a model reads and that were built with another value; else the model. #}
{% macro first_changed(name, state) -%}
    {%- set first = [] -%}
    {%- for input_name, input in (state.inputs or {}).items() if input.place -%}
        {%- set input_state = progress_of(relation_at(input.place, target.database)) or {} -%}
        {%- if changed_variables(input_state) -%}
            {%- do first.extend(first_changed(input_name, input_state)) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(first | unique | list or [name]) }}
{%- endmacro %}

{# The variables that a relation was built with and that have another value now, as `name=value` of then. #}
{% macro changed_variables(state) -%}
    {%- set changed = [] -%}
    {%- for name, value in (state.variables or {}).items() if tojson(value) != tojson(value_of_variable(name)) -%}
        {%- do changed.append(name ~ '=' ~ (value if value is string or value is not sequence else value | join('+'))) -%}
    {%- endfor -%}
    {{ return(changed) }}
{%- endmacro %}
