select
    user_id,
    list(event_name order by loaded_at, source_file, source_position) as event_names,
    count(*) as total_events
from {{ ref('stg_app__log_events') }}
group by user_id
