{#
    Changes of all shipments at once, as a query: truncates, and snapshots of the whole table of which both the first row and the last have come. One
    row per position of a log, with the `implied_operation` of the shipments that it deletes.
#}
{% macro full_table_changes() -%}
    select
        changes.log_name,
        change_logs.log_order,
        change_logs.restarted_after_at as log_restarted_after_at,
        changes.log_number,
        changes.log_offset,
        case when max(changes.operation) = 'truncate' then 'truncate' else 'missing_in_snapshot' end as implied_operation,
        max(changes.log_row) as log_row,
        max(changes.changed_at) as changed_at,
        max(changes.change_date) as change_date,
        max(changes.loaded_at) as loaded_at,
        max(changes.source_file) as source_file,
        max(changes.source_position) as source_position
    from {{ ref('int_shipping__full_table_changes') }} as changes
    left join {{ ref('int_shipping__change_logs') }} as change_logs on {{ is_of_log('changes', 'change_logs') }}
    group by changes.log_name, change_logs.log_order, change_logs.restarted_after_at, changes.log_number, changes.log_offset
    having max(changes.operation) = 'truncate' or min(changes.snapshot_edge) < max(changes.snapshot_edge)
{%- endmacro %}

{#
    The shipments that these changes delete, and at which position, as a query of full_table_changes() as a CTE of that name: those that their log knew before
    and of which nothing is said at their position.
#}
{% macro deleted_by_full_table_changes() -%}
    select
        places.shipment_id,
        full_table_changes.log_order,
        full_table_changes.log_number,
        full_table_changes.log_offset
    from full_table_changes
    inner join (
        select
            known.shipment_id,
            known.log_name,
            known.log_number,
            known.log_offset,
            change_logs.log_order
        from {{ in_scope(ref('stg_shipping__shipment_changes')) }} as known
        left join {{ ref('int_shipping__change_logs') }} as change_logs on {{ is_of_log('known', 'change_logs') }}
        where known.shipment_id is not null and known.log_name in (select whole.log_name from full_table_changes as whole)
    ) as places
        on
            full_table_changes.log_name = places.log_name
            and {{ is_not_after('places', 'full_table_changes') }}
    group by places.shipment_id, full_table_changes.log_order, full_table_changes.log_number, full_table_changes.log_offset
    having max(case when {{ is_same_position('places', 'full_table_changes') }} then 1 else 0 end) = 0
{%- endmacro %}
