{#
    A query of each raw table, united: the caller gets the table and the model that has its accepted records; `<model>_rejected` has those
    that are set aside.
#}
{% macro union_of_raw_tables() -%}
    {%- set accepting_models = {
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
    {%- for source_table, model in accepting_models.items() -%}
{{ caller(source_table, model) | trim }}
{%- if not loop.last %}

union all

{% endif -%}
    {%- endfor -%}
{%- endmacro %}
