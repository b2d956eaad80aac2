{# The columns that staging knows of a raw table: name (lower case) to what the yml of the sample or of the sources says of it. #}
{% macro declared_raw_columns(name) -%}
    {%- set described = graph.sources.values() if var('raw_from') == 'source' else graph.nodes.values() -%}
    {%- set raw = described | selectattr('resource_type', 'in', ['seed', 'source']) | selectattr('name', 'equalto', name) | first -%}
    {%- set columns = {} -%}
    {%- for column in raw.columns.values() -%}
        {%- do columns.update({column.name | lower: column}) -%}
    {%- endfor -%}
    {{ return(columns) }}
{%- endmacro %}

{# Of the columns that a raw table really has, those that are not declared, by name. #}
{% macro undeclared_raw_columns(name, columns) -%}
    {%- set declared = declared_raw_columns(name) -%}
    {%- set undeclared = [] -%}
    {%- for column in columns | sort(attribute='name') if column.name | lower not in declared -%}
        {%- do undeclared.append(column) -%}
    {%- endfor -%}
    {{ return(undeclared) }}
{%- endmacro %}
