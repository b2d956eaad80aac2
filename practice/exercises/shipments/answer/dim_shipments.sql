with

ordered as (

    select
        *,
        row_number() over (
            partition by shipment_id
            order by log_offset desc, loaded_at desc, source_file desc, source_position desc
        ) as number_from_the_end
    from {{ ref('stg_shipping__shipment_changes') }}

)

select
    shipment_id,
    shipment_status,
    carrier
from ordered
where number_from_the_end = 1 and operation <> 'delete'
