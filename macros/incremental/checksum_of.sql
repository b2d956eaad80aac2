{# A checksum of SQL that comments and the layout of lines do not change. Text in quotes is kept as it is. #}
{% macro checksum_of(sql) -%}
    {%- set pieces = [] -%}
    {%- for text, other in modules.re.findall("('(?:[^']|'')*')|--[^\\n]*|/\\*[\\s\\S]*?\\*/|(\\w+|[^\\w\\s])", sql) -%}
        {%- do pieces.append(text or other) -%}
    {%- endfor -%}
    {{ return(local_md5(pieces | select | join(' '))) }}
{%- endmacro %}

{#
    What a model says: the SQL of its full refresh and of its scope, with names in the place of what it reads, so that it is the same wherever the schemas
    are, and whatever way an incremental run goes. With what a contract says of its columns, since these are written with the rows; and with the unit that
    is replaced, for rows that a wrong one has left stay wrong.
#}
{% macro model_sql_in_full() -%}
    {{ return([
        without_places(render(model.raw_code)), types_of_columns() if config.get('contract').enforced, config.get('unique_key'), config.get('meta', {}).get('day')
    ] | join('\n')) }}
{%- endmacro %}

{% macro without_places(sql) -%}
    {%- set found = namespace(sql=sql | replace(this.render(), model.name)) -%}
    {%- for relation in relations_read() -%}
        {%- set found.sql = found.sql | replace(relation | string, relation.identifier) | replace(relation.render(), relation.identifier) -%}
    {%- endfor -%}
    {{ return(found.sql) }}
{%- endmacro %}

{% macro types_of_columns() -%}
    {%- set types = [] -%}
    {%- for column in model.columns.values() -%}
        {%- do types.append(column.name ~ ' ' ~ api.Column.translate_type(column.data_type) ~ ' ' ~ column.constraints | map(attribute='type') | join(' ')) -%}
    {%- endfor -%}
    {{ return(types | join(', ')) }}
{%- endmacro %}

{% macro checksum_of_descriptions() -%}
    {%- set texts = [model.description] -%}
    {%- for column in model.columns.values() | sort(attribute='name') -%}
        {%- do texts.append(column.name ~ ' ' ~ column.description) -%}
    {%- endfor -%}
    {{ return(local_md5(texts | join('\n'))) }}
{%- endmacro %}
