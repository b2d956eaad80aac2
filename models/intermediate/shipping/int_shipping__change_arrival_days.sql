{{ config(materialized='incremental') }}

{{ watermarks_by_load_date(
    'base_shipping__shipment_changes', 'changed_at', readable="(rejection_reason is null or rejection_reason = 'exact_duplicate')"
) }}
