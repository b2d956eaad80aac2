{# The columns that session_identity() can need, comma-separated. #}
{% macro session_identity_columns() -%}
    user_id, device_id, client, app_version
{%- endmacro %}
