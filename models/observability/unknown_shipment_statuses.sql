{%- set staged = {'shipment_changes': 'stg_shipping__shipment_changes', 'shipment_scans': 'stg_shipping__shipment_scans'} -%}

{% for source_table, model in staged.items() -%}
select
    '{{ source_table }}' as source_table,
    records.shipment_status,
    count(*) as record_count,
    min(records.loaded_at) as first_loaded_at,
    max(records.loaded_at) as last_loaded_at
from {{ ref(model) }} as records
left join {{ ref('shipment_statuses') }} as shipment_statuses
    on records.shipment_status = shipment_statuses.shipment_status
where
    -- deletions have no status
    records.shipment_status is not null
    and shipment_statuses.shipment_status is null
group by records.shipment_status
{% if not loop.last %}
union all

{% endif %}
{%- endfor %}
