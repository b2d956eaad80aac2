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
