{#
    The dates of all changes of the shipments that something has arrived for, as a query: a change that arrives late stands before others, each of which
    may be the one that counts. Where the log turns out to have begun anew, and after a truncate or a snapshot of the whole table, that is every
    shipment; and any of them may be deleted on the date of the truncate or the snapshot.
#}
{% macro shipments__scope() -%}
    {%- set new_changes = new_rows(ref('base_shipping__shipment_changes'), day='change_date') -%}
    with
    changed as (

        select distinct
            shipment_id,
            change_date,
            ship_date
        from {{ ref('stg_shipping__shipment_changes') }}
        where
            shipment_id in (select shipment_id from {{ new_changes }} where rejection_reason is null)
            or exists (select 1 from {{ new_changes }} where operation = 'truncate' or snapshot_edge is not null)
            or exists (select 1 from {{ new_rows(ref('int_shipping__change_log_minutes'), day='change_date') }} as minutes where change_number > 0)

    )

    select
        shipment_id,
        change_date,
        ship_date
    from changed
    where shipment_id is not null

    union distinct

    select
        changed.shipment_id,
        full_table_changes.change_date,
        cast(null as date) as ship_date
    from changed
    cross join {{ ref('int_shipping__full_table_changes') }} as full_table_changes
    where changed.shipment_id is not null
{%- endmacro %}
