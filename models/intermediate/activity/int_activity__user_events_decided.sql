{{
    config(
        materialized='incremental',
        unique_key=['loaded_at', 'source_file', 'source_position'],
        meta={'day': 'loaded_date'},
        partition_by=partition_by_day('loaded_date'),
        cluster_by=['change_number', 'user_id']
    )
}}
{%- set columns = [
    'event_id', 'user_id', 'event_type', 'event_at', 'event_date', 'loaded_at', 'source_file', 'source_position'
] -%}
{%- set decided_columns = {'decision': 'string', 'watermark_at': 'timestamp', 'first_event_at': 'timestamp'} -%}
{%- set replay = arrivals_to_replay(
    'base_app__user_events', 'int_activity__user_event_arrival_days', setting('event_id_retention_seconds')
) %}

with

arrivals as (

    {{ replayed_arrivals('base_app__user_events', columns, decided_columns, replay) }}

),

met as (

    select
        arrivals.*,
        {{ watermark_met('arrivals', 'event_at', 'arrival_days') }} as watermark_at
    from arrivals
    inner join {{ ref('int_activity__user_event_arrival_days') }} as arrival_days
        on cast(arrivals.loaded_at as date) = arrival_days.loaded_date

),

-- Where the watermark stood after the id was last seen. What is remembered stays as it was decided.
seen as (

    select
        *,
        lag({{ later_of('watermark_at', 'event_at') }}) over by_arrival as id_last_seen_at
    from met
    window by_arrival as (partition by event_id order by loaded_at, source_file, source_position)

),

-- An id is forgotten once the watermark has advanced by more than the retention since.
first_or_repeated as (

    select
        *,
        case
            when is_remembered then stored_decision in ('accepted', 'late')
            when id_last_seen_at is null then true
            else
                {{ unix_microseconds('watermark_at') }} - {{ unix_microseconds('id_last_seen_at') }}
                > {{ microseconds(setting('event_id_retention_seconds')) }}
        end as is_first
    from seen

),

-- A repetition is compared with the first arrival of its id, since it was last forgotten.
compared as (

    select
        *,
        last_value(case when is_remembered then stored_first_event_at when is_first then event_at end ignore nulls) over (
            partition by event_id
            order by loaded_at, source_file, source_position
            rows between unbounded preceding and current row
        ) as first_event_at
    from first_or_repeated

),

decided as (

    select
        *,
        case
            when
                not is_first
                and abs({{ unix_microseconds('event_at') }} - {{ unix_microseconds('first_event_at') }})
                <= {{ microseconds(setting('duplicate_horizon_seconds')) }}
                then 'duplicate'
            when not is_first then 'stale_duplicate'
            when
                {{ is_late(
                    'event_at', 'watermark_at', setting('user_event_late_rule'),
                    setting('user_event_allowed_lateness_seconds'), setting('user_event_window_seconds')
                ) }}
                then 'late'
            else 'accepted'
        end as decision
    from compared
    where not is_remembered

)

select
    event_id,
    user_id,
    event_type,
    event_at,
    event_date,
    decision,
    watermark_at,
    first_event_at,
    {{ decided_change_number(counts_in_activity('event_at', 'watermark_at')) }} as change_number,
    cast(loaded_at as date) as loaded_date,
    loaded_at,
    source_file,
    source_position
from decided
where
    has_arrived
    or decision is distinct from stored_decision
    or watermark_at is distinct from stored_watermark_at
    or first_event_at is distinct from stored_first_event_at
