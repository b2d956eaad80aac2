{#
    The id of a watch stream: a hash of all six fields of its first heartbeat, which is what tells accepted heartbeats apart. Neither
    batches nor order of arrival have a say. Each part carries its name, so that parts cannot run together.
#}
{% macro stream_id() -%}
    {%- set parts = [
        "'user_id=' || cast(user_id as string)",
        "'session_id=' || session_id",
        "'program_id=' || program_id",
        "'device=' || device",
        "'start_at=' || cast(" ~ unix_microseconds('start_at') ~ " as string)",
        "'first_heartbeat_at=' || cast(" ~ unix_microseconds('first_heartbeat_at') ~ " as string)",
    ] -%}
    {{ dbt.hash(parts | join(" || '|' || ")) }}
{%- endmacro %}
