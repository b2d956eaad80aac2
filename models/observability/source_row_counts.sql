{%- set staged = {
    'app_logs': 'stg_app__log_events',
    'users': 'stg_shop__users',
    'active_users': 'stg_shop__active_users',
    'orders': 'stg_shop__orders',
    'exchange_rates': 'stg_shop__exchange_rates',
    'user_events': 'stg_app__user_events',
    'web_events': 'stg_web__events',
    'playback_heartbeats': 'stg_playback__heartbeats',
    'shipment_changes': 'stg_shipping__shipment_changes',
    'shipment_scans': 'stg_shipping__shipment_scans',
} -%}
{%- set kept_from = raw_kept_from() -%}

{% for source_table, model in staged.items() -%}
select
    '{{ source_table }}' as source_table,
    (select count(*) from {{ raw_table(source_table) }}) as raw_count,
    {{ purged_count([ref(model), ref(model ~ '_rejected')], raw_table(source_table), kept_from) }} as purged_count,
    (select count(*) from {{ ref(model) }}) as accepted_count,
    (select count(*) from {{ ref(model ~ '_rejected') }}) as rejected_count
{% if not loop.last %}
union all

{% endif %}
{%- endfor %}
