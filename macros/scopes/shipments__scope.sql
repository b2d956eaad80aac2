{#
    The dates of all changes of the shipments that something has arrived for, as a query: a change that arrives late stands before others, each of which
    may be the one that counts.
#}
{% macro shipments__scope() -%}
    select distinct
        shipment_id,
        change_date,
        ship_date
    from {{ ref('stg_shipping__shipment_changes') }}
    where shipment_id in (
        select new_changes.shipment_id
        from {{ new_rows(ref('base_shipping__shipment_changes'), day='change_date') }} as new_changes
        where new_changes.rejection_reason is null
    )
{%- endmacro %}
