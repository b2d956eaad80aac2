{# A predicate on `raw_records` that arrived before a day: a `base_` table, given as a relation, has the record. #}
{% macro is_stored(stored, keep_from) -%}
    exists (
        select 1
        from {{ stored }} as stored_records
        where
            {{ is_same_arrival('stored_records', 'raw_records') }}
            and {{ arrived_before(keep_from, 'stored_records.loaded_at') }}
    )
{%- endmacro %}
