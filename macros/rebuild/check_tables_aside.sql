{# Stops what would drop or replace something beside a model that `make rebuild` has not made. #}
{% macro check_tables_aside(model) -%}
    {%- set others = not_made_aside(model) -%}
    {%- if others -%}
        {%- do exceptions.raise_compiler_error('These were not made by `make rebuild`, which would replace them: ' ~ others | join(', ')) -%}
    {%- endif -%}
{%- endmacro %}

{# What has the name of one of a model's tables aside and is not on the list of them, as a list of names with their schemas. #}
{% macro not_made_aside(model) -%}
    {%- set others = [] -%}
    {%- for relation in [table_aside(model, 'rebuilt'), table_aside(model, 'previous')] if execute and load_relation(relation) is not none -%}
        {%- set query = 'select count(*) from ' ~ tables_aside() ~ ' where table_name = ' ~ name_in_schema(relation) -%}
        {%- if load_relation(tables_aside()) is none or run_query(query).columns[0].values()[0] == 0 -%}
            {%- do others.append(relation.schema ~ '.' ~ relation.identifier) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(others) }}
{%- endmacro %}
