{#
    The records that a decided stream has to look at, as a query: what has arrived, and in an incremental run the stored rows from
    `arrivals_to_replay` on. `columns` are those of the feed, which win; `decided_columns` ({name: type}) are what the stream said of a
    record, here with `stored_` in front and null where it has not been decided yet. `is_remembered`: it arrived before `from_at`,
    so it stays as it was decided. `has_arrived`: it is in the news of the feed.
#}
{% macro replayed_arrivals(feed, columns, decided_columns, replay) -%}
    {%- set arrived -%}
        (
            select {{ columns | join(', ') }}
            from {{ new_rows(ref(feed)) }} as new_records
            where rejection_reason is null
        )
    {%- endset -%}
    {%- if not replay.from_at -%}
    select
        arrived.*,
        {%- for column, type in decided_columns.items() %}
        cast(null as {{ type }}) as stored_{{ column }},
        {%- endfor %}
        true as has_arrived,
        false as is_remembered
    from {{ arrived }} as arrived
    {%- else -%}
    select
        {%- for column in columns %}
        case when arrived.loaded_at is not null then arrived.{{ column }} else stored.{{ column }} end as {{ column }},
        {%- endfor %}
        {%- for column in decided_columns %}
        stored.{{ column }} as stored_{{ column }},
        {%- endfor %}
        arrived.loaded_at is not null as has_arrived,
        arrived.loaded_at is null and stored.loaded_at < {{ replay.from_at }} as is_remembered
    from (select * from {{ this }} where loaded_date >= {{ replay.memory_date }}) as stored
    full outer join {{ arrived }} as arrived
        on
            stored.loaded_at = arrived.loaded_at
            and stored.source_file = arrived.source_file
            and stored.source_position = arrived.source_position
    {%- endif %}
{%- endmacro %}
