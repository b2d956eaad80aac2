{#
    What this run has to do with an incremental model, found out once, before anything of it is written: a mapping with

    - `mode`: `full` (build it in full), `incremental` (work off what is new), or `nothing` (leave it alone);
    - `state`: what is recorded with its rows when it is done, see progress.sql; none where the run leaves progress as it is;
    - `after`: up to which number each table that it reads has been worked off before.

    A model is built in full when it is asked for, when there is nothing to go on from, when something it reads has been built in full since
    (or is now read in another place), and when its properties have a column that the table does not have. When its SQL has changed otherwise,
    or that of a view it reads, the run stops and says what to build again.
#}
{% macro plan() -%}
    {%- set plans = known_in_this_run('plans') -%}
    {%- set key = model.unique_id ~ ' ' ~ this.identifier -%}
    {%- if key not in plans -%}
        {#- So that the SQL of a full refresh comes out when it is rendered for its checksum. -#}
        {%- do plans.update({key: {'mode': 'full', 'is_for_checksum': true, 'state': {'number': 0}, 'after': {}}}) -%}
        {%- set checksum = checksum_of(model_sql_in_full()) -%}
        {%- do plans.pop(key) -%}
        {%- do plans.update({key: planned(checksum)}) -%}
    {%- endif -%}
    {{ return(plans[key]) }}
{%- endmacro %}

{# Whether the model is being rendered for its checksum: as a full refresh, and nothing is asked. #}
{% macro is_for_checksum() -%}
    {{ return(known_in_this_run('plans').get(model.unique_id ~ ' ' ~ this.identifier, {}).is_for_checksum) }}
{%- endmacro %}

{% macro planned(checksum) -%}
    {%- set existing = load_relation(this) -%}
    {%- set before = progress_of(this) -%}
    {%- set inputs = inputs_of_model() -%}
    {%- set state = {
        'build': before.get('build') if before else none, 'number': (before.run_number if before else 0) + 2, 'sql': checksum,
        'docs': checksum_of_descriptions(), 'is_change_feed': 'change_number' in model.columns, 'inputs': inputs.recorded, 'upstream': inputs.upstream,
        'variables': dict(known_in_this_run('settings').get(model.unique_id, {}), **inputs.variables)
    } -%}
    {%- set plan = {'mode': 'incremental', 'state': state, 'after': {}} -%}
    {%- set is_kept = config.get('full_refresh') is false or (is_lasting_record(model) and raw_kept_from()) -%}
    {%- set is_partial = reads_only_a_part() -%}
    {%- if inputs.changed and not is_partial -%}
        {%- do exceptions.raise_compiler_error(build_again(
            'What ' ~ model.name ~ ' is built from was built with ' ~ changed_variables({'variables': inputs.variables}) | join(', ')
            ~ ', which is different now', first_changed(model.name, {'inputs': inputs.recorded}), with_variables()
        )) -%}
    {%- endif -%}
    {%- if existing is none and before is not none and is_kept -%}
        {%- do exceptions.raise_compiler_error(
            'The table of ' ~ this.identifier ~ ' is not there any more, and what it was built from may be gone, so it cannot be built again: bring it'
            ~ ' back, or use another warehouse.'
        ) -%}
    {%- elif is_partial and existing is not none -%}
        {%- do plan.update({'mode': 'nothing'}) -%}
    {%- elif existing is none or existing.type != 'table' or var('build_aside', none) is not none -%}
        {%- do plan.update({'mode': 'full'}) -%}
    {%- elif before is none or not before.build or (is_full_refresh_asked_for() and not is_kept) -%}
        {%- do plan.update({'mode': 'full'}) -%}
    {%- elif before.sql != checksum -%}
        {%- if is_kept -%}
            {%- do exceptions.raise_compiler_error(
                this.identifier ~ ' has changed since it was built, and what it was built from may be gone, so it cannot be built again: take the change'
                ~ ' back, or use another warehouse.'
            ) -%}
        {%- elif has_new_columns(existing) -%}
            {%- do plan.update({'mode': 'full'}) -%}
        {%- else -%}
            {%- do exceptions.raise_compiler_error(build_again(this.identifier ~ ' has changed since it was built', [this.identifier])) -%}
        {%- endif -%}
    {%- elif not are_same_builds(before.inputs, inputs.recorded) and not is_kept -%}
        {%- do plan.update({'mode': 'full'}) -%}
    {%- else -%}
        {%- for name, input in before.inputs.items() if input.number -%}
            {%- do plan.after.update({name: input.number}) -%}
        {%- endfor -%}
        {%- if not has_news(before.inputs, inputs.recorded) and not is_lasting_record(model) -%}
            {%- do plan.update({'mode': 'nothing'}) -%}
        {%- endif -%}
    {%- endif -%}
    {%- if plan.mode == 'full' -%}
        {%- do state.update({'build': invocation_id}) -%}
    {%- endif -%}
    {%- do plan.update({'is_recorded': is_partial or (rebuilt_days() | length > 0 and plan.mode != 'full')}) -%}
    {{ return(plan) }}
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

{% macro build_again(what_is_wrong, models, options='') -%}
    {{ return(what_is_wrong ~ ': build it again, and all that reads it: ' ~ full_refresh_of(models) ~ options) }}
{%- endmacro %}

{# The command that builds models in full, and all that reads them. #}
{% macro full_refresh_of(models) -%}
    {{ return('dbt build --full-refresh --select ' ~ models | unique | sort | join('+ ') ~ '+') }}
{%- endmacro %}

{# The options that it needs where variables have changed: those that were given now; and unit tests expect the project's own values. #}
{% macro with_variables() -%}
    {%- set given = invocation_args_dict.vars -%}
    {{ return(' --exclude-resource-type unit_test' ~ (" --vars '" ~ (given if given is string else tojson(without_dates(given))) ~ "'" if given)) }}
{%- endmacro %}

{# A full refresh was asked for, on the command line or in the model's configuration. #}
{% macro is_full_refresh_asked_for() -%}
    {%- set own = config.get('full_refresh') -%}
    {{ return(flags.FULL_REFRESH if own is none else own) }}
{%- endmacro %}

{% macro has_new_columns(table) -%}
    {{ return(model.columns | reject('in', column_names(table)) | list | length > 0) }}
{%- endmacro %}

{#
    What a model reads, views looked through, as mappings by name: `recorded`, which goes into its own state, `upstream` and `variables`; and the names of those
    that were built with `changed` variables. A table counts as read up to where all that this model reads have worked it off, so that what is taken in belongs together.
#}
{% macro inputs_of_model() -%}
    {%- set found = {} -%}
    {%- for relation in relations_read() -%}
        {%- do add_input(found, relation) -%}
    {%- endfor -%}
    {%- set upstream = {} -%}
    {%- set variables = {} -%}
    {%- set changed = [] -%}
    {%- for name, input in found.items() -%}
        {%- set numbers = dict(input.upstream or {}) -%}
        {%- if input.number -%}
            {%- do numbers.update({name: input.number}) -%}
        {%- endif -%}
        {%- for table, number in numbers.items() -%}
            {%- do upstream.update({table: [number, upstream.get(table, number)] | min}) -%}
        {%- endfor -%}
        {%- do variables.update(input.variables or {}) -%}
        {%- if changed_variables(input) and not input.view -%}
            {%- do changed.append(name) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set recorded = {} -%}
    {%- for name, input in found.items() -%}
        {%- if input.view -%}
            {%- do recorded.update({name: {'view': input.view}}) -%}
        {%- else -%}
            {%- do recorded.update({name: {'place': input.place, 'build': input.get('build'), 'number': upstream.get(name)}}) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return({'recorded': recorded, 'upstream': upstream, 'variables': variables, 'changed': changed}) }}
{%- endmacro %}

{# Where this model reads: what it refers to, deferred or not. Of a model that reads raw, only where raw is matters. #}
{% macro relations_read() -%}
    {%- set relations = [] -%}
    {%- for reference in model.refs -%}
        {%- do relations.append(ref(reference.name)) -%}
    {%- endfor -%}
    {%- for source_name, table_name in model.sources -%}
        {%- do relations.append(source(source_name, table_name)) -%}
    {%- endfor -%}
    {{ return(relations) }}
{%- endmacro %}

{# Where a relation is. Its own database has no name here, for on DuckDB it is named like the file, which may move. #}
{% macro place_of(relation) -%}
    {{ return((relation.database ~ '.' if relation.database != target.database else '') ~ relation.schema ~ '.' ~ relation.identifier) }}
{%- endmacro %}

{# The relation at a place, as a relation of this database names it. #}
{% macro relation_at(place, database) -%}
    {%- set parts = place.split('.') -%}
    {{ return(api.Relation.create(database=([database] + parts)[-3], schema=parts[-2], identifier=parts[-1])) }}
{%- endmacro %}

{% macro add_input(found, relation) -%}
    {%- set state = progress_of(relation) or {} -%}
    {%- set place = place_of(relation) -%}
    {%- if is_lasting_record(model) -%}
        {%- do found.update({relation.identifier: {'place': place}}) -%}
    {%- elif state.is_view -%}
        {#- A clone is read where it looks. -#}
        {%- if state.sql -%}
            {%- do found.update({relation.identifier: {'view': state.sql, 'variables': state.get('variables')}}) -%}
        {%- endif -%}
        {%- for further in state.places -%}
            {%- do add_input(found, relation_at(further, relation.database)) -%}
        {%- endfor -%}
    {%- else -%}
        {#- One name in two places: what is read goes back to no one build. -#}
        {%- set is_elsewhere = found.get(relation.identifier, {'place': place}).place != place -%}
        {%- do found.update({relation.identifier: {
            'place': place, 'build': none if is_elsewhere else state.get('build'), 'number': state.get('number'), 'upstream': state.get('upstream'),
            'variables': state.get('variables')
        }}) -%}
    {%- endif -%}
{%- endmacro %}

{# Whether this run reads nothing of its inputs, or only a sample. #}
{% macro reads_only_a_part() -%}
    {{ return(flags.EMPTY or invocation_args_dict.sample) }}
{%- endmacro %}

{#
    In the place of dbt's own macro: what plan() says. Commands that write nothing show what a model says in full, for of the rows that the next run
    would write there are mostly none. Unit tests give a model its inputs and build it in full.
#}
{% macro is_incremental() -%}
    {{ return(is_being_built() and plan().mode == 'incremental') }}
{%- endmacro %}

{# Whether a model is rendered to be built. dbt 2 takes a unit test for the model that it tests. #}
{% macro is_being_built() -%}
    {{ return(execute and model.resource_type == 'model' and flags.WHICH in ['build', 'run']) }}
{%- endmacro %}

{# In the place of dbt's own macro: of models, what plan() says. #}
{% macro should_full_refresh() -%}
    {%- if execute and model.resource_type == 'model' and model.config.materialized == 'incremental' -%}
        {{ return(plan().mode == 'full') }}
    {%- endif -%}
    {{ return(is_full_refresh_asked_for()) }}
{%- endmacro %}

{#
    What a model says: the SQL of its full refresh and of its scope, with names in the place of what it reads, so that it is the same wherever the schemas
    are, and whatever way an incremental run goes. With what a contract says of its columns, since these are written with the rows; and with the unit that
    is replaced, for rows that a wrong one has left stay wrong.
#}
{% macro model_sql_in_full() -%}
    {{ return([
        without_places(render(model.raw_code)), types_of_columns() if config.get('contract').enforced, config.get('unique_key'), config.get('meta', {}).get('day')
    ] | join('\n')) }}
{%- endmacro %}

{% macro without_places(sql) -%}
    {%- set found = namespace(sql=sql | replace(this.render(), model.name)) -%}
    {%- for relation in relations_read() -%}
        {%- set found.sql = found.sql | replace(relation | string, relation.identifier) | replace(relation.render(), relation.identifier) -%}
    {%- endfor -%}
    {{ return(found.sql) }}
{%- endmacro %}

{% macro types_of_columns() -%}
    {%- set types = [] -%}
    {%- for column in model.columns.values() -%}
        {%- do types.append(column.name ~ ' ' ~ api.Column.translate_type(column.data_type) ~ ' ' ~ column.constraints | map(attribute='type') | join(' ')) -%}
    {%- endfor -%}
    {{ return(types | join(', ')) }}
{%- endmacro %}

{# A checksum of SQL that comments and the layout of lines do not change. Text in quotes is kept as it is. #}
{% macro checksum_of(sql) -%}
    {%- set pieces = [] -%}
    {%- for text, other in modules.re.findall("('(?:[^']|'')*')|--[^\\n]*|/\\*[\\s\\S]*?\\*/|(\\w+|[^\\w\\s])", sql) -%}
        {%- do pieces.append(text or other) -%}
    {%- endfor -%}
    {{ return(local_md5(pieces | select | join(' '))) }}
{%- endmacro %}

{% macro checksum_of_descriptions() -%}
    {%- set texts = [model.description] -%}
    {%- for column in model.columns.values() | sort(attribute='name') -%}
        {%- do texts.append(column.name ~ ' ' ~ column.description) -%}
    {%- endfor -%}
    {{ return(local_md5(texts | join('\n'))) }}
{%- endmacro %}

{# The names of a table's columns, in order. #}
{% macro column_names(relation) -%}
    {{ return(adapter.get_columns_in_relation(relation) | map(attribute='name') | list) }}
{%- endmacro %}
