{# Events and orders of a user, next to each other in time. #}

{# An event or order that is late for its own windows may still be in time for the join of the two. #}
{% macro counts_in_activity(event_at, greatest_at) -%}
    (
        decision = 'accepted'
        or (decision = 'late' and not {{ is_late(event_at, greatest_at, 'strict', setting('activity_watermark_delay_seconds')) }})
    )
{%- endmacro %}

{# A predicate: the time is in the range that var('pairs_from') and var('pairs_to') give; `false` when they give none. #}
{% macro is_in_pairs_range(occurred_at) -%}
    {%- if var('pairs_from') is none -%}
        false
    {%- else -%}
        {{ occurred_at }} >= timestamp '{{ var('pairs_from') }}' and {{ occurred_at }} < timestamp '{{ var('pairs_to') }}'
    {%- endif -%}
{%- endmacro %}
