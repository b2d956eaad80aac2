-- Each version that the snapshot has seen and the history still has, by the same records, says the same in both. The snapshot
-- keeps more: versions whose records are gone, and what a run saw before a correction, or a record from in between, arrived;
-- those have no partner here, for they rest on other records.
select
    snapshots.user_id,
    snapshots.dbt_valid_from
from {{ ref('snapshot_users') }} as snapshots
inner join {{ ref('dim_user_history') }} as history
    on
        snapshots.user_id = history.user_id
        and snapshots.dbt_valid_from = history.valid_from
        and snapshots.evidence_id = history.evidence_id
where
    snapshots.user_name is distinct from history.user_name
    or snapshots.email is distinct from history.email
    or snapshots.country is distinct from history.country
    or snapshots.created_at is distinct from history.created_at
    or snapshots.is_active is distinct from history.is_active
    or snapshots.has_identity_record is distinct from history.has_identity_record
