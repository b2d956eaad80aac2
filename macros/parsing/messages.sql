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

{#
    Shipment changes read from their JSON, Debezium envelopes, as a query. `records` is something to select raw records from. A position in the
    source is one of PostgreSQL (`lsn`) or of the binary log of MySQL and MariaDB (`file`, `pos`, `row`), whose files are numbered. A time
    that is given but is neither text nor number is the text '?', which is no time.
#}
{% macro parsed_shipment_changes(records) -%}
    {%- set envelope = {
        'op': ['op'], 'old_id': ['before', 'shipment_id'], 'ts_ms': ['ts_ms'], 'source_ts_ms': ['source', 'ts_ms'],
        'lsn': ['source', 'lsn'], 'log_file': ['source', 'file'], 'pos': ['source', 'pos'], 'row': ['source', 'row']
    } -%}
    {%- set times = ['shipped_at', 'promised_at', 'delivered_at', 'updated_at'] -%}
    {%- set paths = dict(envelope) -%}
    {%- for name in ['shipment_id', 'region', 'carrier', 'status', 'weight'] + times -%}
        {%- do paths.update({name: ['after', name]}) -%}
    {%- endfor -%}
    with
    documents as (

        {{ json_documents('shipment_changes', records) }}

    ),

    fields as (

        {{ json_fields(
            'documents', paths, given=['ts_ms', 'source_ts_ms', 'weight'] + times, objects={'is_object': [], 'has_after': ['after']}, within='after'
        ) }}

    ),

    texts as (

        select
            *,
            {%- for name in paths %}
            {%- if name in ['ts_ms', 'source_ts_ms', 'weight'] + times %}
            case when {{ name }}_given then coalesce({{ text_or_null(name ~ '_field') }}, '?') end as {{ name }}_text{{ ',' if not loop.last }}
            {%- else %}
            {{ text_or_null(name ~ '_field') }} as {{ name }}_text{{ ',' if not loop.last }}
            {%- endif %}
            {%- endfor %}
        from fields

    ),

    -- What is after a deletion is of no interest; most databases say nothing there.
    positions as (

        select
            *,
            op_text = 'd' as is_deletion,
            coalesce(source_ts_ms_text, ts_ms_text) as changed_text,
            case when lsn_text is null and log_file_text is not null then reverse({{ dbt.split_part('reverse(log_file_text)', "'.'", 1) }}) else '0' end
                as log_text,
            coalesce(lsn_text, case when log_file_text is not null then pos_text end) as offset_text,
            case when lsn_text is null then coalesce(row_text, '0') else '0' end as log_row_text
        from texts

    )

    select
        *,
        case op_text when 'c' then 'create' when 'u' then 'update' when 'd' then 'delete' when 'r' then 'read' end as operation,
        case when is_deletion then coalesce(old_id_text, shipment_id_text) else shipment_id_text end as shipment_id,
        {{ integer_or_null('log_text') }} as log_number,
        {{ integer_or_null('offset_text') }} as log_offset,
        {{ integer_or_null('log_row_text') }} as log_row,
        {%- for name in ['region', 'carrier', 'status'] %}
        case when not is_deletion then {{ name }}_text end as {{ 'shipment_' if name == 'status' }}{{ name }},
        {%- endfor %}
        case when not is_deletion then {{ decimal_or_null('weight_text') }} end as weight,
        {%- for name in times %}
        case when not is_deletion then {{ timestamp_or_epoch_or_null(name ~ '_text') }} end as {{ name }},
        {%- endfor %}
        {{ timestamp_or_epoch_or_null('changed_text') }} as changed_at
    from positions
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
