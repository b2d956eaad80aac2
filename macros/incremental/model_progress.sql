{#
    The ledger of incremental work, `observability.model_progress`: up to which change number of a feed each model has worked. A row is
    written after the model's data, so a run that was killed in between does some work twice and never misses any.
#}
{% macro model_progress_relation() -%}
    {{ return(api.Relation.create(
        database=target.database, schema=generate_schema_name('observability', none), identifier='model_progress', type='table'
    )) }}
{%- endmacro %}

{% macro create_model_progress() -%}
    {%- if execute and flags.WHICH in ['build', 'run', 'seed', 'test', 'snapshot'] -%}
        {%- set ledger = model_progress_relation() -%}
        {#- Asked here, before several threads could ask at once. -#}
        {%- do model_progress() -%}
        {%- do adapter.create_schema(ledger.without_identifier()) -%}
        {#- Else the first run would not see the table that it is about to create. -#}
        {%- do adapter.cache_added(ledger) -%}
        create table if not exists {{ ledger }} (
            model_name {{ dbt.type_string() }},
            feed_name {{ dbt.type_string() }},
            change_number {{ dbt.type_int() }},
            variables {{ dbt.type_string() }},
            recorded_at {{ dbt.type_timestamp() }}
        )
    {%- endif -%}
{%- endmacro %}

{# What the ledger says: {model: {feed: number}}. Empty where there is no ledger yet. Asked once a run; record_progress() keeps it up to date. #}
{% macro model_progress() -%}
    {%- set known = known_in_this_run('progress') -%}
    {%- if execute and 'models' not in known -%}
        {%- set progress = {} -%}
        {%- set ledger = model_progress_relation() -%}
        {%- if load_relation(ledger) is not none -%}
            {%- for row in run_query(
                "select model_name, feed_name, max(change_number) from " ~ ledger ~ " group by model_name, feed_name"
            ).rows -%}
                {%- do progress.setdefault(row[0], {}).update({row[1]: row[2] | int}) -%}
            {%- endfor -%}
        {%- endif -%}
        {%- do known.update({'models': progress}) -%}
    {%- endif -%}
    {{ return(known.get('models', {})) }}
{%- endmacro %}
