{#
    The number (INT64) of records that staging keeps and raw does not any more: of those that arrived before `kept_from`, which is
    what raw_kept_from() gives. Any other record that raw has lost is an error, and no test counts it. `stored` are relations of staging.
#}
{% macro purged_count(stored, raw, kept_from) -%}
    {%- if kept_from -%}
        {%- for relation in stored %}
        (
            select count(*)
            from {{ relation }} as stored_records
            where
                {{ arrived_before(kept_from, 'stored_records.loaded_at') }}
                and not exists (
                    select 1
                    from {{ raw }} as raw_records
                    where
                        {{ is_same_arrival('raw_records', 'stored_records') }}
                        and {{ arrived_before(kept_from, 'raw_records.loaded_at') }}
                )
        )
        {{- ' +' if not loop.last }}
        {%- endfor %}
    {%- else -%}
        cast(0 as int64)
    {%- endif -%}
{%- endmacro %}
