{{ config(materialized='incremental', cluster_by=['user_id']) }}

select
    user_version_id,
    user_id,
    version_number,
    user_name,
    email,
    country,
    created_at,
    is_active,
    has_identity_record,
    valid_from,
    valid_to,
    is_current,
    effective_from_date,
    effective_to_date,
    known_at,
    evidence_id
from {{ ref('int_activity__user_history') }}
