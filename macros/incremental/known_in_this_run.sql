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
