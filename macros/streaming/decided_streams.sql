{#
    A stream whose records are decided by the first arrival of their id, as a query: the columns of the feed, `decision` and the
    greatest event time before the record, for all records whose decision is to be written. An id is remembered for ever,
    so its first arrival is looked up among all of its records and not only among those that are decided again.

    - `feed`, `staged`, `arrival_days`: the stream's change feed, its accepted records, its arrival days.
    - `id`, `event_at`: columns; `columns`: what is carried along, with them and the arrival key; `greatest_at`: what the model calls the
      greatest event time before.
    - A record is `repeated` when its id arrived before, else `late` when the watermark has passed the end of its window of
      `window_seconds` by `lateness_seconds`, else `accepted`.
#}
{% macro decided_by_first_arrival(
    feed, staged, arrival_days, id, event_at, greatest_at, columns, window_seconds, lateness_seconds
) -%}
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

{#
    The watermark that a record meets: the greatest event time of all records that arrived before it. The day of arrival divides the work:
    what earlier days brought is in `arrival_days`, the stream's table of arrival days, joined by the date of arrival. Null for the very
    first record.
#}
{% macro watermark_met(records, event_at, arrival_days) -%}
    {%- set earlier_on_the_day -%}
        max({{ records }}.{{ event_at }}) over (
            partition by {{ arrival_days }}.loaded_date
            order by {{ records }}.loaded_at, {{ records }}.source_file, {{ records }}.source_position
            rows between unbounded preceding and 1 preceding
        )
    {%- endset -%}
    {{ later_of(arrival_days ~ '.watermark_before_at', earlier_on_the_day) }}
{%- endmacro %}

{#
    The change number of a decided record: that of this run, or 0 for one that counted nowhere from the first. Such a record is no news to the
    models further down, and must not make them look at windows of long ago. `counts` is a predicate: the record, as it is decided now,
    counts somewhere. A full build does not know what has counted before, so all of it is news.
#}
{% macro decided_change_number(counts) -%}
    {%- if not is_incremental() -%}
    {{ change_number() }}
    {%- else -%}
    case when stored_decision is not null or {{ counts }} then {{ change_number() }} else 0 end
    {%- endif -%}
{%- endmacro %}

{# An event or order that is late for its own windows may still be in time for the join of the two. #}
{% macro counts_in_activity(event_at, greatest_at) -%}
    (
        decision = 'accepted'
        or (decision = 'late' and not {{ is_late(event_at, greatest_at, 'strict', setting('activity_watermark_delay_seconds')) }})
    )
{%- endmacro %}
