-- Times around now; `kind` says which.
{% set ages_in_hours = {"fresh": 1, "older": 60, "future": -30} -%}
{% for kind, hours in ages_in_hours.items() -%}
select
    '{{ kind }}' as kind,
    cast({{ dbt.dateadd("hour", -hours, dbt.current_timestamp()) }} as timestamp) as seen_at,
    cast({{ dbt.dateadd("hour", -hours, dbt.current_timestamp()) }} as date) as seen_on
union all
{% endfor -%}
select
    'unknown' as kind,
    cast(null as timestamp) as seen_at,
    cast(null as date) as seen_on
