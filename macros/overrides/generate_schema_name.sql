{#
    Models land in the schema their folder names (staging, marts, …). A profile whose schema is not `warehouse`, such as
    the data set of a pull request, puts its name in front, so that copies live side by side.
#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {%- if custom_schema_name is none -%}
        {{ target.schema }}
    {%- elif target.schema == 'warehouse' -%}
        {{ custom_schema_name | trim }}
    {%- else -%}
        {{ target.schema }}_{{ custom_schema_name | trim }}
    {%- endif -%}
{%- endmacro %}
