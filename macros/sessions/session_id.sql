{#
    The id of a session: a hash of its identity and its first event's time. Two sessions of one identity cannot start at the
    same time, and neither batches nor order of arrival have a say. Each part carries its name, so that parts cannot run together.
#}
{% macro session_id(started_at) -%}
    {%- set parts = [] -%}
    {%- for column in var('session_identity_columns') -%}
        {%- do parts.append("coalesce('" ~ column ~ "=' || cast(" ~ column ~ " as string), '')") -%}
    {%- endfor -%}
    {%- if 'user_id' in var('session_identity_columns') and 'device_id' not in var('session_identity_columns') -%}
        {%- do parts.append("case when user_id is null then 'device_id=' || device_id else '' end") -%}
    {%- endif -%}
    {%- do parts.append("cast(" ~ unix_microseconds(started_at) ~ " as string)") -%}
    {{ dbt.hash(parts | join(" || '|' || ")) }}
{%- endmacro %}
