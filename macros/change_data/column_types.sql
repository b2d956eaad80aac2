{#
    What the schema beside a payload says of the columns, as `|name=type:scale` for each; null without a schema. Type is the name of a type that Kafka
    Connect or Debezium gives a meaning to, empty for plain ones; scale that of decimals.
#}
{% macro column_types_of(document) -%}
    {{ on_engine(
        duckdb='case when ' ~ may_have_schema(document) ~ " then array_to_string(list_transform(json_extract(list_filter(json_extract(" ~ document
            ~ ", '$.schema.fields[*]'), lambda part: json_extract_string(part, '$.field') = 'after')[1], '$.fields[*]'), lambda field: '|'"
            ~ " || json_extract_string(field, '$.field') || '=' || coalesce(json_extract_string(field, '$.name'), '') || ':'"
            ~ " || coalesce(json_extract_string(field, '$.parameters.scale'), '')), '') end",
        bigquery='case when ' ~ may_have_schema(document) ~ " then (select string_agg('|' || json_value(field, '$.field') || '='"
            ~ " || coalesce(json_value(field, '$.name'), '') || ':' || coalesce(json_value(field, '$.parameters.scale'), ''), '')"
            ~ ' from unnest(json_query_array(' ~ document ~ ", '$.schema.fields')) as part, unnest(json_query_array(part, '$.fields')) as field"
            ~ " where json_value(part, '$.field') = 'after') end"
    ) }}
{%- endmacro %}

{# The type and the scale of a column in what column_types_of() found. #}
{% macro type_of(name) -%}
    {{ part_of_form('column_types', '[|]' ~ name ~ '=([^:|]+)') }}
{%- endmacro %}

{% macro scale_of(name) -%}
    {{ part_of_form('column_types', '[|]' ~ name ~ '=[^:|]*:([0-9]+)') }}
{%- endmacro %}
