-- Each accepted record is decided once, what is decided to count is in one window, and each id that is remembered counts once.
with

records as (

    select
        (select count(*) from {{ ref('stg_app__user_events') }}) as accepted_records,
        (select count(*) from {{ ref('int_activity__user_events_decided') }}) as decided_records,
        (select sum(case when decision = 'accepted' then 1 else 0 end) from {{ ref('int_activity__user_events_decided') }})
            as counting_records,
        (select coalesce(sum(counts.event_count), 0) from {{ ref('fct_user_event_counts') }} as counts) as counted_records

),

without_a_first as (

    select repeated.event_id
    from {{ ref('int_activity__user_events_decided') }} as repeated
    where
        repeated.decision in ('duplicate', 'stale_duplicate')
        and not exists (
            select 1
            from {{ ref('int_activity__user_events_decided') }} as first_arrivals
            where
                first_arrivals.event_id = repeated.event_id
                and first_arrivals.decision in ('accepted', 'late')
                and first_arrivals.event_at = repeated.first_event_at
                and first_arrivals.loaded_at <= repeated.loaded_at
        )

)

select
    'records do not add up' as problem,
    cast(records.decided_records as string) as what
from records
where
    records.accepted_records <> records.decided_records
    or records.counting_records <> records.counted_records

union all

select
    'a repetition of nothing' as problem,
    event_id as what
from without_a_first
