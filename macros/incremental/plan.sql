{#
    What this run has to do with an incremental model, found out once, before anything of it is written: a mapping with

    - `mode`: `full` (build it in full), `incremental` (work off what is new), or `nothing` (leave it alone);
    - `state`: what is recorded with its rows when it is done, see progress_table(); none where the run leaves progress as it is;
    - `after`: up to which number each table that it reads has been worked off before;
    - `is_described`: whether its rows go on, and its table has the descriptions of now.

    A model is built in full when it is asked for, when there is nothing to go on from, when something it reads has been built in full since
    (or is now read in another place), and when its properties have a column that the table does not have. When its SQL has changed otherwise,
    or that of a view it reads, the run stops and says what to build again.
#}
{% macro plan() -%}
    {%- set plans = known_in_this_run('plans') -%}
    {%- set key = key_of_plan() -%}
    {%- if key not in plans -%}
        {#- So that the SQL of a full refresh comes out when it is rendered for its checksum. -#}
        {%- do plans.update({key: {'mode': 'full', 'is_for_checksum': true, 'state': {'number': 0}, 'after': {}}}) -%}
        {%- set checksum = checksum_of(model_sql_in_full()) -%}
        {%- do plans.pop(key) -%}
        {%- do plans.update({key: planned(checksum)}) -%}
    {%- endif -%}
    {{ return(plans[key]) }}
{%- endmacro %}

{# The model in the table that is built now, which is a shadow in a rebuild. #}
{% macro key_of_plan() -%}
    {{ return(model.unique_id ~ ' ' ~ this.identifier) }}
{%- endmacro %}

{# Whether the model is being rendered for its checksum: as a full refresh, and nothing is asked. #}
{% macro is_for_checksum() -%}
    {{ return(known_in_this_run('plans').get(key_of_plan(), {}).is_for_checksum) }}
{%- endmacro %}

{# The same, worked out. Stops the run where what the model reads was built with other variables. #}
{% macro planned(checksum) -%}
    {%- set existing = load_relation(this) -%}
    {%- set before = progress_of(this) -%}
    {%- set inputs = inputs_of_model() -%}
    {%- set is_partial = reads_only_a_part() -%}
    {%- if inputs.changed and not is_partial -%}
        {%- set settings = changed_variables({'variables': inputs.variables}) -%}
        {%- set what_is_wrong = 'What ' ~ model.name ~ ' is built from was built with ' ~ settings | join(', ') ~ ', which is different now' -%}
        {%- if what_to_do_about_raw(settings) -%}
            {%- do exceptions.raise_compiler_error(what_is_wrong ~ what_to_do_about_raw(settings)) -%}
        {%- endif -%}
        {%- do exceptions.raise_compiler_error(
            build_again(what_is_wrong, first_changed(model.name, {'inputs': inputs.recorded}), with_variables())
        ) -%}
    {%- endif -%}
    {%- set mode = mode_of_run(existing, before, inputs.recorded, checksum) -%}
    {%- set after = {} -%}
    {%- for name, input in (before.inputs if mode == 'incremental' else {}).items() if input.number -%}
        {%- do after.update({name: input.number}) -%}
    {%- endfor -%}
    {%- set state = {
        'build': invocation_id if mode == 'full' else (before or {}).get('build'), 'number': (before.run_number if before else 0) + 2, 'sql': checksum,
        'docs': checksum_of_descriptions(), 'is_change_feed': 'change_number' in model.columns, 'inputs': inputs.recorded, 'upstream': inputs.upstream,
        'variables': dict(known_in_this_run('settings').get(model.unique_id, {}), **inputs.variables)
    } -%}
    {{ return({
        'mode': mode, 'state': state, 'after': after, 'is_described': mode == 'incremental' and before.docs == state.docs,
        'is_recorded': is_partial or (rebuilt_days() | length > 0 and mode != 'full')
    }) }}
{%- endmacro %}

{# Whether this run reads nothing of its inputs, or only a sample. #}
{% macro reads_only_a_part() -%}
    {{ return(flags.EMPTY or invocation_args_dict.sample) }}
{%- endmacro %}
