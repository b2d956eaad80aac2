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
