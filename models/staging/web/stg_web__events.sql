select
    event_name,
    user_id,
    app_version,
    event_at,
    event_date,
    device_id,
    client,
    extra_columns,
    loaded_at,
    source_file,
    source_position
from {{ ref('base_web__events') }}
where rejection_reason is null
