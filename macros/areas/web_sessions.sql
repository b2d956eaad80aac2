{# Whose session an event belongs to, and the id of a session. #}

{#
    The expressions, comma-separated, that say whose session an event belongs to: setting('session_identity_columns'). An event
    without a user belongs to its device, so where the device is not an identity column anyway it stands in for the user.
#}
{% macro session_identity() -%}
    {%- set columns = setting('session_identity_columns') -%}
    {{ columns | join(', ') }}
    {%- if 'user_id' in columns and 'device_id' not in columns -%}
        , case when user_id is null then device_id end
    {%- endif -%}
{%- endmacro %}

{# The columns that it can need, comma-separated. #}
{% macro session_identity_columns() -%}
    user_id, device_id, client, app_version
{%- endmacro %}

{# Whether two rows, by their aliases, belong to the same identity; null equals null. Plain equalities, so that engines can hash. #}
{% macro is_same_session_identity(left, right) -%}
    {%- set columns = setting('session_identity_columns') -%}
    {%- for column in columns -%}
        coalesce(cast({{ left }}.{{ column }} as string), '') = coalesce(cast({{ right }}.{{ column }} as string), '')
        {{- ' and ' if not loop.last }}
    {%- endfor -%}
    {%- if 'user_id' in columns and 'device_id' not in columns %} and
        case when {{ left }}.user_id is null then {{ left }}.device_id else '' end
        = case when {{ right }}.user_id is null then {{ right }}.device_id else '' end
    {%- endif -%}
{%- endmacro %}

{#
    The id of a session: a hash of its identity and its first event's time. Two sessions of one identity cannot start at the
    same time, and neither batches nor order of arrival have a say. Each part carries its name, so that parts cannot run together.
#}
{% macro session_id(started_at) -%}
    {%- set parts = [] -%}
    {%- for column in setting('session_identity_columns') -%}
        {%- set text = user_id_to_hash(column) if column == 'user_id' else 'cast(' ~ column ~ ' as string)' -%}
        {%- do parts.append("coalesce('" ~ column ~ "=' || " ~ text ~ ", '')") -%}
    {%- endfor -%}
    {%- if 'user_id' in setting('session_identity_columns') and 'device_id' not in setting('session_identity_columns') -%}
        {%- do parts.append("case when user_id is null then 'device_id=' || device_id else '' end") -%}
    {%- endif -%}
    {%- do parts.append("cast(" ~ unix_microseconds(started_at) ~ " as string)") -%}
    {{ dbt.hash(parts | join(" || '|' || ")) }}
{%- endmacro %}

{#
    How many days the dates of two times can be apart that are no further apart than the timeout of a session. Where clocks change, a day may be shorter, and
    one has been skipped altogether.
#}
{% macro session_timeout_days() -%}
    {%- set longest_shift = 0 if setting('reporting_timezone') == 'UTC' else 86400 -%}
    {{ return(((setting('session_timeout_seconds') | int) + longest_shift) // 86400 + 1) }}
{%- endmacro %}
