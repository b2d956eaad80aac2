-- What a fact says of a day before var('calendar_from') or after var('calendar_to') is no error: see dim_dates.
{%- set dates = {
    'fct_daily_shipments': 'ship_date', 'fct_daily_user_metrics': 'metric_date', 'fct_daily_user_playback': 'stream_date',
    'fct_daily_web_activity': 'activity_date', 'fct_order_windows': 'window_date', 'fct_orders': 'order_date',
    'fct_shipment_status_windows': 'window_date', 'fct_user_activity_windows': 'window_date', 'fct_user_event_counts': 'window_date',
    'fct_watch_streams': 'stream_date', 'fct_web_sessions': 'session_date'
} %}

with

dates_of_facts as (

    {% for model, date in dates.items() -%}
    select distinct
        '{{ model }}' as fact,
        {{ date }} as fact_date
    from {{ ref(model) }}
    where {{ date }} between date '{{ setting("calendar_from") }}' and date '{{ setting("calendar_to") }}'
    {% if not loop.last %}
    union all

    {% endif %}
    {%- endfor %}

)

select
    dates_of_facts.fact,
    dates_of_facts.fact_date
from dates_of_facts
left join {{ ref('dim_dates') }} as dates
    on dates_of_facts.fact_date = dates.date_day
where dates.date_day is null
