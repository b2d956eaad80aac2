{#
    The change number of a decided record: that of this run, or 0 for one that counted nowhere from the first. Such a record is no news to the
    models further down, and must not make them look at windows of long ago. It counts nowhere when it is a repetition, or late both for its
    own windows and for the join of events and orders. A full build does not know what has counted before, so all of it is news.
#}
{% macro decided_change_number(event_at, greatest_at) -%}
    {%- if not is_incremental_run() -%}
    {{ next_change_number() }}
    {%- else -%}
    case
        when stored_decision is not null or decision = 'accepted' then {{ next_change_number() }}
        when decision = 'late' and not {{ is_late(event_at, greatest_at, 'strict', var('activity_watermark_delay_seconds')) }}
            then {{ next_change_number() }}
        else 0
    end
    {%- endif -%}
{%- endmacro %}
