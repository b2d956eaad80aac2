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
