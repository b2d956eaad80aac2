{{ config(materialized='incremental') }}

-- A later record of a day is a correction.
with

newest as (

    select
        currency,
        rate_date,
        exchange_rate,
        loaded_at,
        source_file,
        source_position
    from {{ ref('stg_shop__exchange_rates') }}
    qualify
        row_number() over (
            partition by currency, rate_date
            order by loaded_at desc, source_file desc, source_position desc
        ) = 1

)

select
    currency,
    rate_date,
    coalesce(lead(rate_date) over (partition by currency order by rate_date), date '9999-12-31') as next_rate_date,
    exchange_rate,
    loaded_at,
    source_file,
    source_position
from newest
