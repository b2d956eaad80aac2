-- The heartbeats read once, and their payloads, which hold the key that streams are made by, hashed.
select
    count(*) as record_count,
    bit_xor(hash(payload)) as payload_hash,
    max(loaded_at) as last_loaded_at,
    max(strlen(source_file)) as longest_source_file,
    sum(source_position) as position_sum
from read_parquet(getvariable('landing') || '/playback_heartbeats/*.parquet');
