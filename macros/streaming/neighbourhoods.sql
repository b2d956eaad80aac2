{#
    What lies near in time, found without pairs. Time is cut into buckets as long as the tolerance: times in one bucket are always near
    enough; in the bucket before only the last can be, in the bucket after only the first. So of each user and bucket three values are
    kept, whatever the number of records, and a user with half of all records costs no more than any other and spreads over workers.

    `neighbourhoods` is a query of what each bucket sees of some records, which have user_id, time_bucket and occurred_microseconds;
    `is_matched` says whether a record with the same columns has one of them near it.
#}
{% macro neighbourhoods(records, tolerance_seconds) -%}
    select
        buckets.user_id,
        buckets.time_bucket + distances.distance as time_bucket,
        max(case when distances.distance = 0 then 1 else 0 end) as is_in_bucket,
        max(case when distances.distance > 0 then buckets.last_microseconds end) as last_before,
        min(case when distances.distance < 0 then buckets.first_microseconds end) as first_after
    from (
        select
            user_id,
            time_bucket,
            min(occurred_microseconds) as first_microseconds,
            max(occurred_microseconds) as last_microseconds
        from {{ records }}
        group by user_id, time_bucket
    ) as buckets
    cross join {{ neighbouring_buckets(tolerance_seconds) }} as distances
    group by buckets.user_id, buckets.time_bucket + distances.distance
{%- endmacro %}

{% macro is_matched(record, neighbourhood, tolerance_seconds) -%}
    coalesce(
        {{ neighbourhood }}.is_in_bucket = 1
        or {{ record }}.occurred_microseconds - {{ neighbourhood }}.last_before <= {{ microseconds(tolerance_seconds) }}
        or {{ neighbourhood }}.first_after - {{ record }}.occurred_microseconds <= {{ microseconds(tolerance_seconds) }},
        false
    )
{%- endmacro %}

{# The bucket of a time: its start in microseconds since 1970. #}
{% macro time_bucket(occurred_at, tolerance_seconds) -%}
    {%- if tolerance_seconds == 0 -%}
        {{ unix_microseconds(occurred_at) }}
    {%- else -%}
        {{ tumbling_window_start_microseconds(occurred_at, tolerance_seconds) }}
    {%- endif -%}
{%- endmacro %}

{# A table of how far away the starts of a bucket and of the two beside it are, in microseconds. #}
{% macro neighbouring_buckets(tolerance_seconds) -%}
    {%- set length = [(tolerance_seconds | int) * 1000000, 1] | max -%}
    (select 0 as distance union all select {{ length }} as distance union all select -{{ length }} as distance)
{%- endmacro %}
