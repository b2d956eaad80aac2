{#
    The change number of a decided record: that of this run, or 0 for one that counted nowhere from the first. Such a record is no news to the
    models further down, and must not make them look at windows of long ago. `counts` is a predicate: the record, as it is decided now,
    counts somewhere. A full build does not know what has counted before, so all of it is news.
#}
{% macro decided_change_number(counts) -%}
    {%- if not is_incremental() -%}
    {{ change_number() }}
    {%- else -%}
    case when stored_decision is not null or {{ counts }} then {{ change_number() }} else 0 end
    {%- endif -%}
{%- endmacro %}

{# An event or order that is late for its own windows may still be in time for the join of the two. #}
{% macro counts_in_activity(event_at, greatest_at) -%}
    (
        decision = 'accepted'
        or (decision = 'late' and not {{ is_late(event_at, greatest_at, 'strict', setting('activity_watermark_delay_seconds')) }})
    )
{%- endmacro %}
