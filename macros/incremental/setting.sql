{#
    The value of a variable of dbt_project.yml that decides what rows come out. It is remembered which model has read it, so that rows which were
    built with another value are never mixed with new ones. Other variables are read by dbt's own `var`.
#}
{% macro setting(name) -%}
    {%- if execute -%}
        {%- do known_in_this_run('settings').setdefault(model.unique_id, {}).update({name: var(name)}) -%}
    {%- endif -%}
    {{ return(var(name)) }}
{%- endmacro %}

{#
    What this run of dbt has found out under a heading and need not ask again: a dictionary that all its models share. dbt hands the
    same `graph` to every macro of a run, and converts a node each time it is looked up there.
#}
{% macro known_in_this_run(heading) -%}
    {%- if graph.known_in != invocation_id -%}
        {%- do graph.update({'known_in': invocation_id, 'known': {}}) -%}
    {%- endif -%}
    {{ return(graph.known.setdefault(heading, {})) }}
{%- endmacro %}
