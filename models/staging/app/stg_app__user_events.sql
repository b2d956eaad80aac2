select
    event_id,
    user_id,
    event_type,
    event_at,
    event_date,
    extra_columns,
    loaded_at,
    source_file,
    source_position
from {{ ref('base_app__user_events') }}
where rejection_reason is null
