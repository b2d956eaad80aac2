{{
    config(
        materialized='incremental',
        meta={
            'is_change_feed': true, 'scope': 'own_rows', 'scope_columns': ['loaded_at', 'source_file', 'source_position'], 'day': 'loaded_date'
        },
        partition_by=partition_by_day('loaded_date'),
        cluster_by=['change_number', 'user_id']
    )
}}
{%- if not execute -%}
    {%- do [ref('int_orders__touched_orders'), ref('stg_shop__orders')] -%}
{%- endif -%}
{%- set columns = [
    'order_id', 'user_id', 'order_amount', 'ordered_at', 'order_date', 'loaded_at', 'source_file', 'source_position'
] -%}
{%- set decided_columns = {'decision': 'string', 'greatest_ordered_at': 'timestamp'} -%}
{%- set replay = arrivals_to_replay('base_shop__orders', 'int_orders__order_arrival_days') %}

with

arrivals as (

    {{ replayed_arrivals('base_shop__orders', columns, decided_columns, replay) }}

),

-- An order may be updated after months, so its first arrival is looked up among all of its records and not only those remembered.
first_arrivals as (

    select
        order_id,
        loaded_at as first_loaded_at,
        source_file as first_source_file,
        source_position as first_source_position
    from {{ ref('int_orders__touched_orders') if is_incremental_run() else ref('stg_shop__orders') }}
    qualify
        row_number() over (
            partition by order_id
            order by loaded_at, source_file, source_position
        ) = 1

),

met as (

    select
        arrivals.*,
        case
            when first_arrivals.order_id is null then arrivals.stored_decision = 'repeated'
            else
                arrivals.loaded_at <> first_arrivals.first_loaded_at
                or arrivals.source_file <> first_arrivals.first_source_file
                or arrivals.source_position <> first_arrivals.first_source_position
        end as is_repeated,
        {{ watermark_met('arrivals', 'ordered_at', 'arrival_days') }} as greatest_ordered_at
    from arrivals
    inner join {{ ref('int_orders__order_arrival_days') }} as arrival_days
        on cast(arrivals.loaded_at as date) = arrival_days.loaded_date
    left join first_arrivals
        on arrivals.order_id = first_arrivals.order_id

),

decided as (

    select
        *,
        case
            when is_repeated then 'repeated'
            when
                {{ is_late(
                    'ordered_at', 'greatest_ordered_at', 'window',
                    var('order_watermark_delay_seconds'), var('order_window_seconds')
                ) }}
                then 'late'
            else 'accepted'
        end as decision
    from met
    where not is_remembered

)

select
    order_id,
    user_id,
    order_amount,
    ordered_at,
    order_date,
    decision,
    greatest_ordered_at,
    {{ plus_seconds('greatest_ordered_at', -(var('order_watermark_delay_seconds') | int)) }} as watermark_at,
    {{ decided_change_number('ordered_at', 'greatest_ordered_at') }} as change_number,
    cast(loaded_at as date) as loaded_date,
    loaded_at,
    source_file,
    source_position
from decided
where
    has_arrived
    or decision is distinct from stored_decision
    or greatest_ordered_at is distinct from stored_greatest_ordered_at
{{ stored_in_order_of('loaded_date') }}
