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
