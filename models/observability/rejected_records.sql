{%- set sources = {
    'app_logs': ('stg_app__log_events_rejected', 'log_line'),
    'users': ('stg_shop__users_rejected', 'raw_record'),
    'active_users': ('stg_shop__active_users_rejected', 'raw_record'),
    'orders': ('stg_shop__orders_rejected', 'raw_record'),
    'exchange_rates': ('stg_shop__exchange_rates_rejected', 'raw_record'),
    'user_events': ('stg_app__user_events_rejected', 'raw_record'),
    'web_events': ('stg_web__events_rejected', 'raw_record'),
    'playback_heartbeats': ('stg_playback__heartbeats_rejected', 'raw_record'),
    'shipment_changes': ('stg_shipping__shipment_changes_rejected', 'raw_record'),
    'shipment_scans': ('stg_shipping__shipment_scans_rejected', 'raw_record'),
} -%}

{% for source_table, (model, raw_column) in sources.items() -%}
select
    '{{ source_table }}' as source_table,
    rejection_reason,
    source_file,
    source_position,
    loaded_at,
    cast({{ raw_column }} as string) as raw_record
from {{ ref(model) }}
{% if not loop.last %}
union all

{% endif %}
{%- endfor %}
