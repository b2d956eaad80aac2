{#
    What is needed to find exact repeats, as a query: the new records, and of the stored ones those that say the same as one of them, for a
    new record may have arrived before a stored one. `is_new` tells them apart; `stored_reason` is the reason that a stored record has.

    - `checked`: the new records, with the columns below and `invalid_reason`, which is null where nothing is wrong with a record.
    - `carried_columns`: what a stored record has to bring for its row to be written again, comma-separated.
    - `raw_record`: the record as it came, kept where something is wrong with it; made here, so that no other row carries it on.
    - `same`: the columns that make two records the same; for one that may be null, what a null is compared as.
    - `dates`: the dates of the new records, as literals, so that stored records of other days are not looked at; `day` is the column.
#}
{% macro with_stored_repeats(checked, carried_columns, raw_record, same, dates, day='event_date') -%}
    select
        {{ carried_columns }},
        case when invalid_reason is not null then {{ raw_record }} end as raw_record,
        invalid_reason,
        true as is_new,
        cast(null as string) as stored_reason
    from {{ checked }}
    {%- if is_incremental() %}
    union all
    select
        {{ carried_columns }},
        cast(null as string) as raw_record,
        cast(null as string) as invalid_reason,
        false as is_new,
        rejection_reason as stored_reason
    from {{ this }} as stored_records
    where
        {{ day }} in ({{ dates }})
        and (rejection_reason is null or rejection_reason = 'exact_duplicate')
        and exists (
            select 1
            from {{ checked }} as new_records
            where
                new_records.invalid_reason is null
                {%- for column, as_null in same.items() %}
                {%- if as_null is none %}
                and new_records.{{ column }} = stored_records.{{ column }}
                {%- else %}
                and coalesce(new_records.{{ column }}, {{ as_null }}) = coalesce(stored_records.{{ column }}, {{ as_null }})
                {%- endif %}
                {%- endfor %}
        )
    {%- endif %}
{%- endmacro %}
