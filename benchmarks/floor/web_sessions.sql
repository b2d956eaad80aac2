-- The web events read once, and the key that sessions are made by hashed.
select
    count(*) as record_count,
    bit_xor(hash(user_id, device_id)) as key_hash,
    sum(strlen(event_name)) + sum(strlen(event_time)) + sum(strlen(app_version)) + sum(strlen(client)) as text_bytes,
    max(loaded_at) as last_loaded_at,
    max(strlen(source_file)) as longest_source_file,
    sum(source_position) as position_sum
from read_parquet(getvariable('landing') || '/web_events/*.parquet');
