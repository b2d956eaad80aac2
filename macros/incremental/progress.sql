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

{# The state of a relation, with its `run_number`; none where the project has not made it. #}
{% macro progress_of(relation) -%}
    {%- do find_out_progress([relation]) -%}
    {{ return(known_in_this_run('progress')[relation.database ~ '.' ~ relation.schema].get(relation.identifier)) }}
{%- endmacro %}

{# What progress_of() knows of all relations in the schemas of these: asked once a run, of several schemas in one statement. #}
{% macro find_out_progress(relations) -%}
    {%- set known = known_in_this_run('progress') -%}
    {%- set queries = [] -%}
    {%- for relation in relations -%}
        {%- set schema = relation.database ~ '.' ~ relation.schema -%}
        {%- if schema not in known -%}
            {%- do known.update({schema: {}}) -%}
            {%- if load_relation(progress_table(relation)) is not none -%}
                {%- do queries.append(
                    "(select '" ~ schema ~ "' as schema_name, relation_name, run_number, state from " ~ progress_table(relation)
                    ~ ' qualify row_number() over (partition by relation_name order by run_number desc) = 1)'
                ) -%}
            {%- endif -%}
        {%- endif -%}
    {%- endfor -%}
    {%- for schema, name, number, state in (run_query(queries | join(' union all ')).rows if queries else []) -%}
        {%- do known[schema].update({name: dict(fromjson(state), run_number=number | int)}) -%}
    {%- endfor -%}
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
