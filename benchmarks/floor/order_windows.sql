-- The orders read once, and the order id, of which the first arrival counts, and the time, which says the window, hashed.
select
    count(*) as record_count,
    bit_xor(hash(order_id, ordered_at)) as key_hash,
    sum(strlen(customer_id)) + sum(strlen(quantity)) + sum(strlen(unit_price)) + sum(strlen(amount))
        + sum(strlen(status)) as text_bytes,
    max(loaded_at) as last_loaded_at,
    max(strlen(source_file)) as longest_source_file,
    sum(source_position) as position_sum
from read_parquet(getvariable('landing') || '/orders/*.parquet');
