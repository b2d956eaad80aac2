{{
    config(
        materialized='incremental',
        unique_key=['change_date'],
        meta={'day': 'change_date'},
        partition_by=partition_by_day('change_date')
    )
}}

{% call scope() %}
    select distinct change_date
    from {{ new_rows(ref('base_shipping__shipment_changes'), day='change_date') }} as new_changes
    where operation = 'truncate' or snapshot_edge is not null
{% endcall %}

select
    log_name,
    operation,
    snapshot_edge,
    changed_at,
    change_date,
    log_number,
    log_offset,
    log_row,
    loaded_at,
    source_file,
    source_position
from {{ in_scope(ref('stg_shipping__shipment_changes')) }}
where operation = 'truncate' or snapshot_edge is not null
