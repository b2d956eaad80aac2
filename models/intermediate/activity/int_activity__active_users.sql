{{ config(materialized='view') }}

select user_id
from {{ ref('int_activity__user_history') }}
where is_current and is_active
