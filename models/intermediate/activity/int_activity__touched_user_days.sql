{{ config(materialized='table', meta={'bookkeeping': true}) }}

select
    event_date as activity_date,
    user_id
from {{ ref('base_app__log_lines') }}
where
    {{ changed_since_last_run('base_app__log_lines', day='event_date') }}
    and (rejection_reason is null or rejection_reason = 'redelivered')

union distinct

select
    order_date as activity_date,
    user_id
from {{ ref('int_orders__touched_orders') }}
