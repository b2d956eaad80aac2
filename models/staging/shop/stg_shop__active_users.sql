select
    user_id,
    is_active,
    updated_at,
    extra_columns,
    loaded_at,
    source_file,
    source_position
from {{ ref('base_shop__active_users') }}
where rejection_reason is null
