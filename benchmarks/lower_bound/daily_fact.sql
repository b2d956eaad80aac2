-- The five tables read once, and the log line, which holds user and day, and the ids of users and orders hashed.
with log_lines as (
    select
        bit_xor(hash(log_line)) as key_hash,
        0 as text_bytes,
        max(loaded_at) as last_loaded_at,
        max(strlen(source_file)) as longest_source_file,
        sum(source_position) as position_sum
    from read_parquet(getvariable('landing') || '/app_logs/*.parquet')
),

orders as (
    select
        bit_xor(hash(order_id, customer_id, ordered_at)) as key_hash,
        sum(strlen(quantity)) + sum(strlen(unit_price)) + sum(strlen(amount)) + sum(strlen(currency))
            + sum(strlen(status)) as text_bytes,
        max(loaded_at) as last_loaded_at,
        max(strlen(source_file)) as longest_source_file,
        sum(source_position) as position_sum
    from read_parquet(getvariable('landing') || '/orders/*.parquet')
),

users as (
    select
        bit_xor(hash(user_id)) as key_hash,
        sum(strlen(user_name)) + sum(strlen(country)) + sum(strlen(created_at)) + sum(strlen(updated_at)) as text_bytes,
        max(loaded_at) as last_loaded_at,
        max(strlen(source_file)) as longest_source_file,
        sum(source_position) as position_sum
    from read_parquet(getvariable('landing') || '/users/*.parquet')
),

active_users as (
    select
        bit_xor(hash(user_id)) as key_hash,
        sum(strlen(is_active)) + sum(strlen(updated_at)) as text_bytes,
        max(loaded_at) as last_loaded_at,
        max(strlen(source_file)) as longest_source_file,
        sum(source_position) as position_sum
    from read_parquet(getvariable('landing') || '/active_users/*.parquet')
),

exchange_rates as (
    select
        bit_xor(hash(rate_date, currency)) as key_hash,
        sum(strlen(rate)) as text_bytes,
        max(loaded_at) as last_loaded_at,
        max(strlen(source_file)) as longest_source_file,
        sum(source_position) as position_sum
    from read_parquet(getvariable('landing') || '/exchange_rates/*.parquet')
),

tables as (
    select * from log_lines
    union all
    select * from orders
    union all
    select * from users
    union all
    select * from active_users
    union all
    select * from exchange_rates
)

select
    bit_xor(key_hash) as key_hash,
    sum(text_bytes) as text_bytes,
    max(last_loaded_at) as last_loaded_at,
    max(longest_source_file) as longest_source_file,
    sum(position_sum) as position_sum
from tables;
