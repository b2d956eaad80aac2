{#
    A model further down, as the last run left it: what a list of what is touched must look at and cannot `ref`, since that model
    will read the list. None where it has not been built, or is about to be built in full.
#}
{% macro as_last_run_left(model_name) -%}
    {%- if execute and not flags.FULL_REFRESH -%}
        {%- for node in graph.nodes.values() if node.name == model_name and node.resource_type == 'model' -%}
            {{ return(load_relation(relation_of(node))) }}
        {%- endfor -%}
    {%- endif -%}
    {{ return(none) }}
{%- endmacro %}
