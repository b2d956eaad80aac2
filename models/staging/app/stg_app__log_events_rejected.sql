select
    rejection_reason,
    log_line,
    extra_columns,
    loaded_at,
    source_file,
    source_position
from {{ ref('base_app__log_lines') }}
where rejection_reason is not null
