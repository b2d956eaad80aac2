{#
    A stream's table of arrival days: per day of arrival the greatest event time that came on it, and the watermark before and after it. It
    is what is left to know of the days that nothing needs to read again. `readable` says which records of the feed have an event time.
    A greatest time never sinks, so an incremental run puts what is new beside what is stored.
#}
{% macro arrival_days(feed, event_at, readable='rejection_reason is null') -%}
with

arrivals as (

    select
        cast(loaded_at as date) as loaded_date,
        {{ event_at }}{{ ' as event_at' if event_at != 'event_at' }}
    from {{ new_rows(ref(feed)) }} as new_records
    where {{ readable }}
    {%- if is_incremental() %}

    union all

    select
        loaded_date,
        greatest_event_at as event_at
    from {{ this }}
    {%- endif %}

),

days as (

    select
        loaded_date,
        max(event_at) as greatest_event_at
    from arrivals
    group by loaded_date

)

select
    loaded_date,
    greatest_event_at,
    max(greatest_event_at) over (order by loaded_date rows between unbounded preceding and 1 preceding) as watermark_before_at,
    max(greatest_event_at) over (order by loaded_date rows between unbounded preceding and current row) as watermark_after_at
from days
{%- endmacro %}
