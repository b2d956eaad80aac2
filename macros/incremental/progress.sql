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
