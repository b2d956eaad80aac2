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

{#
    A relation is named like its model. A run with `--vars '{build_aside: fct_web_sessions}'` names that one model, and what
    its tests read, fct_web_sessions__rebuilt: `make rebuild` builds it beside the present table.
#}
{% macro generate_alias_name(custom_alias_name=none, node=none) -%}
    {{ dbt.default__generate_alias_name(custom_alias_name, node) }}
    {%- if node.resource_type == 'model' and node.name == var('build_aside', none) -%} __rebuilt {%- endif -%}
{%- endmacro %}
