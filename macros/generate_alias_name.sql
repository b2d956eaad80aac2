{#
    A relation is named like its model. A run with `--vars '{build_aside: fct_web_sessions}'` names that one model, and what
    its tests read, fct_web_sessions__rebuilt: `make rebuild` builds it beside the present table.
#}
{% macro generate_alias_name(custom_alias_name=none, node=none) -%}
    {{ dbt.default__generate_alias_name(custom_alias_name, node) }}
    {%- if node.resource_type == 'model' and node.name == var('build_aside', none) -%} __rebuilt {%- endif -%}
{%- endmacro %}
