{{ config(materialized='table', meta={'bookkeeping': true}) }}
{%- if not execute -%}
    {%- do ref('int_shipping__change_arrival_days') -%}
{%- endif -%}
{%- set stored_days = as_last_run_left('fct_daily_shipments') %}

-- Each date on which one of the changed shipments has ever been shipped, by what its changes say.
select distinct ship_date
from {{ ref('int_shipping__touched_shipments') }}
where ship_date is not null
{%- if stored_days %}

union distinct

-- And those with shipments whose promised time has passed since, though nothing has arrived for them.
select stored_days.ship_date
from {{ stored_days }} as stored_days
where
    stored_days.next_promised_at < (
        select max(arrival_days.watermark_after_at)
        from {{ ref('int_shipping__change_arrival_days') }} as arrival_days
    )
{%- endif %}
