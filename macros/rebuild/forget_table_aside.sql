{# Takes a table off the list of tables aside: one statement. #}
{% macro forget_table_aside(relation) %}
    delete from {{ tables_aside() }} where table_name = {{ name_in_schema(relation) }};
{% endmacro %}
