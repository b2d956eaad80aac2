{#
    What this run of dbt has found out under a heading and need not ask again: a dictionary that all its models share. dbt hands the
    same `graph` to every macro of a run.
#}
{% macro known_in_this_run(heading) -%}
    {%- if graph.known_in != invocation_id -%}
        {%- do graph.update({'known_in': invocation_id, 'known': {}}) -%}
    {%- endif -%}
    {{ return(graph.known.setdefault(heading, {})) }}
{%- endmacro %}

{# A node or a source of the project. dbt converts it into a mapping each time that it is looked up in `graph`, and all of them where somebody goes through. #}
{% macro node_of(unique_id) -%}
    {%- set known = known_in_this_run('nodes') -%}
    {%- if unique_id not in known -%}
        {%- do known.update({unique_id: (graph.sources if unique_id.startswith('source.') else graph.nodes)[unique_id]}) -%}
    {%- endif -%}
    {{ return(known[unique_id]) }}
{%- endmacro %}
