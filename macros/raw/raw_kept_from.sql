{#
    The day of arrival (UTC) before which records may be gone from raw, as text: the later of var('raw_kept_from') and of what
    `make purge-raw` has recorded. None where raw is complete.
#}
{% macro raw_kept_from() -%}
    {%- set days = [var('raw_kept_from')] -%}
    {%- if execute and load_relation(raw_purges()) is not none -%}
        {%- do days.extend(run_query('select max(kept_from) from ' ~ raw_purges()).columns[0].values()) -%}
    {%- endif -%}
    {{ return(days | reject('none') | map('string') | max | default(none, true)) }}
{%- endmacro %}

{# What `make purge-raw` has done: one row per purge, with the day of arrival from which on raw is kept. It comes with the first purge. #}
{% macro raw_purges() -%}
    {{ return(api.Relation.create(
        database=target.database, schema=generate_schema_name('observability', none), identifier='raw_purges', type='table'
    )) }}
{%- endmacro %}

{# A predicate: the record arrived before a day (UTC, as text); false where there is no such day. #}
{% macro arrived_before(day, loaded_at) -%}
    {{ loaded_at ~ " < timestamp '" ~ day ~ " 00:00:00'" if day else 'false' }}
{%- endmacro %}

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
