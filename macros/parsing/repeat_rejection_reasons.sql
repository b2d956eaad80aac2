{#
    The branch of a rejection `case` for a record that is the same in these columns as one that arrived before: the first counts. Records
    that are rejected for another reason have no part in it.
#}
{% macro repeat_rejection_reasons(same_columns) -%}
    when
            row_number() over (
                partition by {{ same_columns | join(', ') }}, invalid_reason
                order by loaded_at, source_file, source_position
            ) > 1
            then 'exact_duplicate'
{%- endmacro %}
