{# The fields of JSON messages, one macro a raw table. #}

{# Playback heartbeats read from their JSON, as a query. `records` is something to select raw records from. #}
{% macro parsed_heartbeats(records) -%}
    with
    documents as (

        {{ json_documents('playback_heartbeats', records) }}

    ),

    fields as (

        {{ json_fields('documents', {
            'user_id': ['user_id'], 'program_id': ['program_id'], 'start_time': ['start_time'], 'session_id': ['session_id'],
            'device': ['device'], 'event_time': ['event_time']
        }, objects={'is_object': []}) }}

    ),

    texts as (

        select
            *,
            {{ text_or_null('user_id_field') }} as user_text,
            {{ text_or_null('program_id_field') }} as program_id,
            {{ text_or_null('start_time_field') }} as start_text,
            {{ text_or_null('session_id_field') }} as session_id,
            {{ text_or_null('device_field') }} as device,
            {{ text_or_null('event_time_field') }} as event_text
        from fields

    )

    select
        *,
        {{ user_id_or_null('user_text') }} as user_id,
        {{ timestamp_or_null('start_text') }} as start_at,
        {{ timestamp_or_null('event_text') }} as event_at
    from texts
{%- endmacro %}

{# Scans of shipments read from their JSON, as a query. `records` is something to select raw records from. #}
{% macro parsed_shipment_scans(records) -%}
    with
    documents as (

        {{ json_documents('shipment_scans', records) }}

    ),

    fields as (

        {{ json_fields('documents', {
            'event_id': ['event_id'], 'shipment_id': ['shipment_id'], 'status': ['status'], 'location': ['location'],
            'event_time': ['event_time']
        }, objects={'is_object': []}) }}

    ),

    texts as (

        select
            *,
            {{ text_or_null('event_id_field') }} as event_id,
            {{ text_or_null('shipment_id_field') }} as shipment_id,
            {{ text_or_null('status_field') }} as shipment_status,
            {{ text_or_null('location_field') }} as location,
            {{ text_or_null('event_time_field') }} as event_text
        from fields

    )

    select
        *,
        {{ timestamp_or_epoch_or_null('event_text') }} as event_at
    from texts
{%- endmacro %}
