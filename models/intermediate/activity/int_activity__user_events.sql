{# A view: the list of a hot user can be long, and only its readers should pay for it. #}
{{ config(materialized='view') }}

select
    user_id,
    array_agg(event_name order by loaded_at, source_file, source_position) as event_names,
    count(*) as total_events
from {{ ref('stg_app__log_events') }}
group by user_id
