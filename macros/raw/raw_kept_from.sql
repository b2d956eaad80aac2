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
