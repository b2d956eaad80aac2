{#
    Where an incremental run of a decided stream begins: a mapping of SQL literals. All records that arrived at `from_at` or later are
    decided (again): in the usual case just the new ones; but when a batch brings an earlier `loaded_at`, what came after it may be
    decided differently. `memory_date` is the first day of arrival that is read: that of `from_at`, or with `memory_seconds` the first whose
    records the stream still remembers then, because the watermark has not advanced by more since. Both are none when nothing has arrived.
#}
{% macro arrivals_to_replay(feed, arrival_days, memory_seconds=none) -%}
    {%- if not is_incremental() -%}
        {{ return({'from_at': none, 'memory_date': none}) }}
    {%- endif -%}
    {%- set query -%}
        select
            min(replay.first_loaded_at),
            min(memory.loaded_date)
        from (
            select min(loaded_at) as first_loaded_at
            from {{ new_rows(ref(feed)) }} as new_records
            where rejection_reason is null
        ) as replay
        inner join {{ ref(arrival_days) }} as first_day
            on first_day.loaded_date = cast(replay.first_loaded_at as date)
        inner join {{ ref(arrival_days) }} as memory
            on
                memory.loaded_date = first_day.loaded_date
                {%- if memory_seconds is not none %}
                or (
                    memory.loaded_date < first_day.loaded_date
                    and {{ unix_microseconds('memory.watermark_after_at') }}
                    >= {{ unix_microseconds('first_day.watermark_before_at') }} - {{ microseconds(memory_seconds) }}
                )
                {%- endif %}
    {%- endset -%}
    {%- set from_at, memory_date = run_query(query).rows[0].values() -%}
    {{ return({
        'from_at': "timestamp '" ~ from_at.replace(tzinfo=none).isoformat(' ') ~ "'" if from_at else none,
        'memory_date': "date '" ~ memory_date ~ "'" if memory_date else none,
    }) }}
{%- endmacro %}

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
        on {{ is_same_arrival('stored', 'arrived') }}
    {%- endif %}
{%- endmacro %}
