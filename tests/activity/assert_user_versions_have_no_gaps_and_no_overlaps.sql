-- Each version ends where the next begins, in time and in days; the last one is open and the only current one; the first one
-- covers the beginning.
with

versions as (

    select
        user_id,
        version_number,
        valid_to,
        effective_from_date,
        effective_to_date,
        is_current,
        lead(valid_from) over by_time as next_valid_from,
        lead(effective_from_date) over by_time as next_effective_from_date,
        lag(valid_from) over by_time as previous_valid_from
    from {{ ref('dim_user_history') }}
    window by_time as (partition by user_id order by version_number)

)

select
    user_id,
    version_number
from versions
where
    valid_to is distinct from next_valid_from
    or effective_to_date <> coalesce(next_effective_from_date, date '9999-12-31')
    or is_current <> (next_valid_from is null)
    or (previous_valid_from is null and effective_from_date <> date '0001-01-01')
