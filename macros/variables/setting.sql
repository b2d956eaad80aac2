{#
    The value of a variable of dbt_project.yml that decides what rows come out. It is remembered which model has read it, so that rows which were
    built with another value are never mixed with new ones. Other variables are read by dbt's own `var`.
#}
{% macro setting(name) -%}
    {%- if execute -%}
        {%- do known_in_this_run('settings').setdefault(model.unique_id, {}).update({name: value_of_variable(name)}) -%}
    {%- endif -%}
    {{ return(value_of_variable(name)) }}
{%- endmacro %}

{# What a variable says; none where it is not there. #}
{% macro value_of_variable(name) -%}
    {{ return(without_dates(var(name, none))) }}
{%- endmacro %}

{# A day as the text that was written, of which YAML makes a date and JSON has none; any other value, or mapping of values, as it is. #}
{% macro without_dates(value) -%}
    {%- if value is mapping -%}
        {%- set values = {} -%}
        {%- for name in value -%}
            {%- do values.update({name: without_dates(value[name])}) -%}
        {%- endfor -%}
        {{ return(values) }}
    {%- endif -%}
    {{ return(value | string if value.isoformat is defined else value) }}
{%- endmacro %}
