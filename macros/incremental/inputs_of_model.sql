{#
    What a model reads, views looked through, as mappings by name: `recorded`, which goes into its own state, `upstream` and `variables`; and the names of
    those that were built with `changed` variables. A table counts as read up to where all that this model reads have worked it off, so that what is taken
    in belongs together.
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
