-- The orders and exchange rates read once, and the order id, of which the first arrival counts, the time, which says the window,
-- and the day and currency of a rate hashed.
with orders as (
    select
        count(*) as record_count,
        bit_xor(hash(order_id, ordered_at)) as key_hash,
        sum(strlen(customer_id)) + sum(strlen(quantity)) + sum(strlen(unit_price)) + sum(strlen(amount))
            + sum(strlen(currency)) + sum(strlen(status)) as text_bytes,
        max(loaded_at) as last_loaded_at,
        max(strlen(source_file)) as longest_source_file,
        sum(source_position) as position_sum
    from read_parquet(getvariable('landing') || '/orders/*.parquet')
),

exchange_rates as (
    select
        count(*) as record_count,
        bit_xor(hash(rate_date, currency)) as key_hash,
        sum(strlen(rate)) as text_bytes,
        max(loaded_at) as last_loaded_at,
        max(strlen(source_file)) as longest_source_file,
        sum(source_position) as position_sum
    from read_parquet(getvariable('landing') || '/exchange_rates/*.parquet')
),

tables as (
    select * from orders
    union all
    select * from exchange_rates
)

select
    sum(record_count) as record_count,
    bit_xor(key_hash) as key_hash,
    sum(text_bytes) as text_bytes,
    max(last_loaded_at) as last_loaded_at,
    max(longest_source_file) as longest_source_file,
    sum(position_sum) as position_sum
from tables;
