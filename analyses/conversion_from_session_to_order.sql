-- Of the web sessions that started on each day, how many led to an order, and what share is that?
with

days as (

    select
        session_date,
        count(*) as session_count,
        cast(sum(case when is_converted then 1 else 0 end) as int64) as converted_session_count
    from {{ ref('fct_web_sessions') }}
    group by session_date

)

select
    session_date,
    session_count,
    converted_session_count,
    converted_session_count / session_count as session_conversion_rate
from days
order by session_date
