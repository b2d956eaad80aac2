-- Thirty days of totals up to yesterday for shops with different histories.
{% set midnight = dbt.date_trunc("day", dbt.current_timestamp()) -%}
{% set histories = {
    "steady": {}, "spike": {3: 1000}, "dip": {3: 5}, "zero": {3: 0}, "unknown": {3: "null"},
    "long_ago": {20: 1000}, "today": {0: 100000},
} -%}
{% for shop, values in histories.items() -%}
{% for age in range(0, 31) if age > 0 or age in values -%}
select
    '{{ shop }}' as shop,
    cast({{ dbt.dateadd("day", -age, midnight) }} as timestamp) as sold_at,
    cast({{ values.get(age, 100 + age * 7 % 5) }} as numeric) as total
union all
{% endfor -%}
{% endfor -%}
{% for age in range(1, 31) -%}
select
    'flat' as shop,
    cast({{ dbt.dateadd("day", -age, midnight) }} as timestamp) as sold_at,
    cast({{ 1000 if age == 1 else 100 }} as numeric) as total
union all
{% endfor -%}
{% for age in [30, 28, 27, 25, 24, 23, 21, 20, 18, 17, 15, 12, 9, 8, 5, 4, 2] -%}
select
    'gaps' as shop,
    cast({{ dbt.dateadd("day", -age, midnight) }} as timestamp) as sold_at,
    cast({{ 500 if age == 5 else 100 + age * 7 % 5 }} as numeric) as total
union all
{% endfor -%}
select
    'steady' as shop,
    cast(null as timestamp) as sold_at,
    cast(7 as numeric) as total
