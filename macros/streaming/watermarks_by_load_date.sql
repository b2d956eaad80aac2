{#
    The watermarks of a stream by load date, its table `…_arrival_days`: per day of arrival the greatest event time that came on it, and the
    watermark before and after it. It is what is left to know of the days that nothing needs to read again. `readable` says which records of the
    feed have an event time. A greatest time never sinks, so an incremental run puts what is new beside what is stored.
#}
{% macro watermarks_by_load_date(feed, event_at, readable='rejection_reason is null') -%}
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

{#
    The watermark that a record meets: the greatest event time of all records that arrived before it. The day of arrival divides the work:
    what earlier days brought is in `arrival_days`, the stream's watermarks by load date, joined by the date of arrival. Null for the very
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
