{# A column that dbt adds, by way of the API, reaches the emulator's catalog but not its table: there, add it to both. #}
{% macro bigquery__alter_relation_add_remove_columns(relation, add_columns, remove_columns) %}
    {% do dbt.bigquery__alter_relation_add_remove_columns(relation, add_columns, remove_columns) %}
    {%- if target.name == 'bigquery_emulator' -%}
        {%- for column in add_columns or [] -%}
            {% do run_query('alter table ' ~ relation ~ ' add column ' ~ column.quoted ~ ' ' ~ column.data_type) %}
        {%- endfor -%}
    {%- endif -%}
{% endmacro %}
