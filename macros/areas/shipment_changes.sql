{# Positions of changes in the logs of the database, and the log that a change is of. #}

{#
    A predicate to join changes with `int_shipping__change_logs`: the change was read from this log, after it began and before it began anew. A change
    of the very moment after which the log began anew is one of the log that was left where its position is not below the last one there.
#}
{% macro is_of_log(changes, logs) -%}
    {{ changes }}.log_name = {{ logs }}.log_name
        and ({{ logs }}.restarted_after_at is null or {{ is_after_restart(changes, logs ~ '.') }})
        and ({{ logs }}.next_restarted_after_at is null or not {{ is_after_restart(changes, logs ~ '.next_') }})
{%- endmacro %}

{% macro is_after_restart(changes, restart) -%}
    ({{ changes }}.changed_at > {{ restart }}restarted_after_at
            or ({{ changes }}.changed_at = {{ restart }}restarted_after_at and (
                {{ changes }}.log_number < {{ restart }}left_log_number
                or ({{ changes }}.log_number = {{ restart }}left_log_number and {{ changes }}.log_offset < {{ restart }}left_log_offset)
            )))
{%- endmacro %}

{# A predicate: the change was made at a position of its log that is not after that of another row. #}
{% macro is_not_after(change, other) -%}
    ({{ change }}.log_order < {{ other }}.log_order or ({{ change }}.log_order = {{ other }}.log_order and (
                {{ change }}.log_number < {{ other }}.log_number
                or ({{ change }}.log_number = {{ other }}.log_number and {{ change }}.log_offset <= {{ other }}.log_offset)
            )))
{%- endmacro %}

{# A predicate: two rows are of one log, and there of one position but for `log_row`. #}
{% macro is_same_position(one, other) -%}
    {{ one }}.log_order = {{ other }}.log_order
            and {{ one }}.log_number = {{ other }}.log_number
            and {{ one }}.log_offset = {{ other }}.log_offset
{%- endmacro %}

{# A predicate: the first two parts of a position in a log, by the prefixes of their columns, are before those of another. #}
{% macro is_position_before(one, other) -%}
    ({{ one }}_log_number < {{ other }}_log_number
            or ({{ one }}_log_number = {{ other }}_log_number and {{ one }}_log_offset < {{ other }}_log_offset))
{%- endmacro %}

{#
    A predicate for tests that work out the newest change of a shipment by its position alone: the shipment has changes of one log, which never began
    anew, that speak of every column, and no truncate or snapshot has deleted it.
#}
{% macro is_of_a_plain_shipment(shipment_id) -%}
    {{ shipment_id }} not in (
        select shipment_id
        from {{ ref('stg_shipping__shipment_changes') }}
        where
            shipment_id is not null
            and (
                absent_columns is not null
                or log_name in (select log_name from {{ ref('int_shipping__change_logs') }} where restart_count > 0)
            )
    )
    and {{ shipment_id }} not in (
        select shipment_id
        from {{ ref('stg_shipping__shipment_changes') }}
        where shipment_id is not null and (select count(distinct log_name) from {{ ref('int_shipping__change_logs') }}) > 1
        group by shipment_id
        having min(log_name) <> max(log_name)
    )
    and {{ shipment_id }} not in (
        select shipment_id from {{ ref('dim_shipment_history') }} where operation in ('truncate', 'missing_in_snapshot')
    )
{%- endmacro %}
