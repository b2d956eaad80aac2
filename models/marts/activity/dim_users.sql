{{ config(materialized='incremental', cluster_by=['user_id']) }}

select
    user_number,
    user_id,
    user_name,
    email,
    country,
    created_at,
    is_active,
    has_identity_record,
    valid_from as updated_at,
    known_at,
    evidence_id
from {{ ref('int_activity__user_history') }}
where is_current
