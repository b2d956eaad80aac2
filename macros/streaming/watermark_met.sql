{#
    The watermark that a record meets: the greatest event time of all records that arrived before it. The day of arrival divides the work:
    what earlier days brought is in `arrival_days`, the stream's table of arrival days, joined by the date of arrival. Null for the very
    first record.
#}
{% macro watermark_met(records, event_at, arrival_days) -%}
    {%- set earlier_on_the_day -%}
        max({{ records }}.{{ event_at }}) over (
            partition by {{ arrival_days }}.loaded_date
            order by {{ records }}.loaded_at, {{ records }}.source_file, {{ records }}.source_position
            rows between unbounded preceding and 1 preceding
        )
    {%- endset -%}
    {{ later_of(arrival_days ~ '.watermark_before_at', earlier_on_the_day) }}
{%- endmacro %}
