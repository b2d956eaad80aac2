select
    rate_date,
    currency,
    exchange_rate,
    extra_columns,
    loaded_at,
    source_file,
    source_position
from {{ ref('base_shop__exchange_rates') }}
where rejection_reason is null
