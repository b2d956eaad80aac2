select
    event_date,
    user_id,
    event_name,
    extra,
    extra_columns,
    loaded_at,
    source_file,
    source_position
from {{ ref('base_app__log_lines') }}
where rejection_reason is null
