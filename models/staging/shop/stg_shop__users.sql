select
    user_id,
    user_name,
    email,
    country,
    created_at,
    updated_at,
    source_changed_at,
    log_number,
    log_offset,
    log_row,
    extra_columns,
    loaded_at,
    source_file,
    source_position
from {{ ref('base_shop__users') }}
where rejection_reason is null
