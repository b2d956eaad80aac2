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
