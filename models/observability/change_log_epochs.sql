select
    log_name,
    restart_count + 1 as epoch,
    log_order,
    began_at,
    restarted_after_at,
    left_log_number,
    left_log_offset,
    next_restarted_after_at as ended_at
from {{ ref('int_shipping__change_logs') }}
