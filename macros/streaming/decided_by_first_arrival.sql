{#
    A stream whose records are decided by the first arrival of their id, as a query: the columns of the feed, `decision` and the
    greatest event time before the record, for all records whose decision is to be written. An id is remembered for ever,
    so its first arrival is looked up among all of its records and not only among those that are decided again.

    - `feed`, `staged`, `arrival_days`: the stream's change feed, its accepted records, its watermarks by load date.
    - `id`, `event_at`: columns; `columns`: what is carried along, with them and the arrival key; `greatest_at`: what the model calls the
      greatest event time before.
    - A record is `repeated` when its id arrived before, else `late` when the watermark has passed the end of its window of
      `window_seconds` by `lateness_seconds`, else `accepted`.
#}
{% macro decided_by_first_arrival(feed, staged, arrival_days, id, event_at, greatest_at, columns, window_seconds, lateness_seconds) -%}
    {%- set replay = arrivals_to_replay(feed, arrival_days) -%}
    with
    arrivals as (

        {{ replayed_arrivals(feed, columns, {'decision': 'string', greatest_at: 'timestamp'}, replay) }}

    ),

    first_arrivals as (

        select
            {{ id }},
            loaded_at as first_loaded_at,
            source_file as first_source_file,
            source_position as first_source_position
        from {{ ref(staged) }}
        {%- if is_incremental() %}
        where {{ id }} in (select new_records.{{ id }} from {{ new_rows(ref(feed)) }} as new_records where new_records.rejection_reason is null)
        {%- endif %}
        qualify
            row_number() over (
                partition by {{ id }}
                order by loaded_at, source_file, source_position
            ) = 1

    ),

    met as (

        select
            arrivals.*,
            case
                when first_arrivals.{{ id }} is null then arrivals.stored_decision = 'repeated'
                else
                    arrivals.loaded_at <> first_arrivals.first_loaded_at
                    or arrivals.source_file <> first_arrivals.first_source_file
                    or arrivals.source_position <> first_arrivals.first_source_position
            end as is_repeated,
            {{ watermark_met('arrivals', event_at, 'arrival_days') }} as {{ greatest_at }}
        from arrivals
        inner join {{ ref(arrival_days) }} as arrival_days
            on cast(arrivals.loaded_at as date) = arrival_days.loaded_date
        left join first_arrivals
            on arrivals.{{ id }} = first_arrivals.{{ id }}

    ),

    decided as (

        select
            *,
            case
                when is_repeated then 'repeated'
                when {{ is_late(event_at, greatest_at, 'window', lateness_seconds, window_seconds) }} then 'late'
                else 'accepted'
            end as decision
        from met
        where not is_remembered

    )

    select *
    from decided
    where
        has_arrived
        or decision is distinct from stored_decision
        or {{ greatest_at }} is distinct from stored_{{ greatest_at }}
{%- endmacro %}
