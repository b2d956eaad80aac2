{#
    The branches of a rejection `case` for a message of change data, see change_data.sql, that is no change of a row of the table of this name.
#}
{% macro change_rejection_reasons(table) -%}
    when malformed_line is null and is_tombstone then 'tombstone'
            {{ message_rejection_reasons() }}
            when is_about_the_stream then 'not_a_row_change'
            when source_table <> '{{ table }}' then 'other_table'
            when op_text is null then 'no_operation'
            when operation is null then 'unknown_operation'
            when operation in ('create', 'update', 'read') and not has_after then 'no_after'
{%- endmacro %}

{# The same for a table of which history is kept by rows: what its change data must have beside. #}
{% macro keyed_change_rejection_reasons(table) -%}
    {{ change_rejection_reasons(table) }}
                when operation in ('delete', 'truncate') then 'deletion_not_applied'
                when offset_text is null then 'no_source_position'
                when coalesce(log_offset, -1) < 0 or coalesce(log_number, -1) < 0 or coalesce(log_row, -1) < 0 then 'bad_source_position'
                when changed_text is null then 'no_time'
                when changed_at is null then 'bad_time'
                when absent_columns is not null then 'incomplete_change'
{%- endmacro %}
