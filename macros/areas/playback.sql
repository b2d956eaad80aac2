{# Where a watch stream ends, and its id. #}

{#
    Whether one heartbeat of a session ends a stream and the one after it begins another: more than setting('playback_timeout_seconds') lie
    between them, or it is of another program, or of the same program started anew. Exactly the timeout continues. Null where one of
    them is not there.
#}
{% macro is_stream_over(event_at, next_event_at, program_id, next_program_id, start_at, next_start_at) -%}
    (
        not {{ is_within_playback_timeout(event_at, next_event_at) }}
        or {{ program_id }} <> {{ next_program_id }}
        or {{ start_at }} <> {{ next_start_at }}
    )
{%- endmacro %}

{#
    Whether one time is not more than setting('playback_timeout_seconds') after another. Whole microseconds, because engines differ in how they
    count seconds between times.
#}
{% macro is_within_playback_timeout(earlier_at, later_at) -%}
    ({{ unix_microseconds(later_at) }} - {{ unix_microseconds(earlier_at) }} <= {{ microseconds(setting('playback_timeout_seconds')) }})
{%- endmacro %}

{#
    The id of a watch stream: a hash of all six fields of its first heartbeat, which is what tells accepted heartbeats apart. Neither
    batches nor order of arrival have a say. Each part carries its name, so that parts cannot run together.
#}
{% macro stream_id() -%}
    {%- set parts = [
        "'user_id=' || " ~ user_id_to_hash('user_id'),
        "'session_id=' || session_id",
        "'program_id=' || program_id",
        "'device=' || device",
        "'start_at=' || cast(" ~ unix_microseconds('start_at') ~ " as string)",
        "'first_heartbeat_at=' || cast(" ~ unix_microseconds('first_heartbeat_at') ~ " as string)",
    ] -%}
    {{ dbt.hash(parts | join(" || '|' || ")) }}
{%- endmacro %}
