{# Writes a table into the list of tables aside, in the place of what the list said of it: two statements. #}
{% macro note_table_aside(relation, present_fingerprint=none, rebuilt_fingerprint=none) %}
    {{ forget_table_aside(relation) }}
    insert into {{ tables_aside() }} (table_name, made_at, present_fingerprint, rebuilt_fingerprint)
    values (
        {{ name_in_schema(relation) }},
        {{ dbt.current_timestamp() }},
        {{ dbt.string_literal(present_fingerprint) if present_fingerprint is not none else 'null' }},
        {{ dbt.string_literal(rebuilt_fingerprint) if rebuilt_fingerprint is not none else 'null' }}
    );
{% endmacro %}
