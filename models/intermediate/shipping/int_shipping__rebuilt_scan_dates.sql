-- What was asked for cannot be computed again, so a full refresh leaves this table as it is.
{{ config(materialized='incremental', full_refresh=false, unique_key=['scan_date']) }}

with

rebuilt as (

    select
        {{ date_in_reporting_timezone('window_start_at') }} as scan_date,
        loaded_at as rebuilt_through_at
    from {{ ref('int_shipping__scans_decided') }}
    where
        decision = 'late'
        and {{ 'true' if are_late_scans_asked_for() else 'false' }}
    {%- if is_incremental() %}

    union all

    select
        scan_date,
        rebuilt_through_at
    from {{ this }}
    {%- endif %}

)

select
    scan_date,
    max(rebuilt_through_at) as rebuilt_through_at
from rebuilt
group by scan_date
