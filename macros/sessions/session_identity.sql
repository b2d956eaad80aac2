{#
    The expressions, comma-separated, that say whose session an event belongs to: var('session_identity_columns'). An event
    without a user belongs to its device, so where the device is not an identity column anyway it stands in for the user.
#}
{% macro session_identity() -%}
    {%- set columns = var('session_identity_columns') -%}
    {{ columns | join(', ') }}
    {%- if 'user_id' in columns and 'device_id' not in columns -%}
        , case when user_id is null then device_id end
    {%- endif -%}
{%- endmacro %}
