{{ config(materialized='incremental') }}
{%- set months = [
    'January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'
] -%}
{%- set days_of_week = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'] -%}
{%- set first_day = "date '" ~ setting('calendar_from') ~ "'" -%}
{%- set last_day = "date '" ~ setting('calendar_to') ~ "'" -%}
{%- set day_microseconds = microseconds(86400) %}

with

days as (

    select
        date_day,
        {{ unix_microseconds('cast(date_day as timestamp)') }} as day_us
    from {{ each_date_between(first_day, last_day, 'date_day') }}

),

-- The year 1 begins on a Monday, 719162 days before 1970.
in_weeks as (

    select
        date_day,
        day_us,
        mod({{ integer_divide('day_us', day_microseconds) }} + 719162, 7) + 1 as day_of_week
    from days

),

-- A week is of the year that its Thursday is in.
with_thursdays as (

    select
        date_day,
        day_us,
        day_of_week,
        cast({{ timestamp_of_microseconds('day_us + (4 - day_of_week) * ' ~ day_microseconds) }} as date) as thursday
    from in_weeks

)

select
    date_day,
    extract(year from date_day) as year_number,
    extract(quarter from date_day) as quarter_number,
    extract(month from date_day) as month_number,
    case extract(month from date_day)
        {% for month in months -%}
        when {{ loop.index }} then '{{ month }}'
        {% endfor -%}
    end as month_name,
    cast({{ timestamp_of_microseconds('day_us - (extract(day from date_day) - 1) * ' ~ day_microseconds) }} as date)
        as month_start_date,
    extract(year from thursday) as iso_year,
    {{ integer_divide('extract(dayofyear from thursday) - 1', 7) }} + 1 as iso_week,
    day_of_week,
    case day_of_week
        {% for day in days_of_week -%}
        when {{ loop.index }} then '{{ day }}'
        {% endfor -%}
    end as day_name,
    day_of_week >= 6 as is_weekend
from with_thursdays
