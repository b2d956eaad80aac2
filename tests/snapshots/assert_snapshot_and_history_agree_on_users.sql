-- Each version that the snapshot has seen and that raw still knows is in the rebuilt history with the same attributes.
-- The snapshot keeps more: versions whose raw records are gone, and what a run saw before a correction of the same instant
-- arrived (then known_at differs); those have no partner here.
select
    snapshots.user_id,
    snapshots.dbt_valid_from
from {{ ref('snapshot_users') }} as snapshots
inner join {{ ref('dim_user_history') }} as history
    on
        snapshots.user_id = history.user_id
        and snapshots.dbt_valid_from = history.valid_from
        and snapshots.known_at = history.known_at
where
    snapshots.user_name is distinct from history.user_name
    or snapshots.email is distinct from history.email
    or snapshots.country is distinct from history.country
    or snapshots.created_at is distinct from history.created_at
    or snapshots.is_active is distinct from history.is_active
    or snapshots.has_identity_record is distinct from history.has_identity_record
