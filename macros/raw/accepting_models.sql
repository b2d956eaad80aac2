{#
    The model that has the accepted records of each raw table; `<model>_rejected` has those that are set aside.
#}
{% macro accepting_models() %}
    {{ return({
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
    }) }}
{% endmacro %}
