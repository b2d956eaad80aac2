{# Whether the engine knows a time zone by this name. dbt's own list (`modules.pytz`) is not there in dbt 2. #}
{% macro is_time_zone(name) -%}
    {%- if not modules.re.fullmatch('[A-Za-z][A-Za-z0-9/_+-]*', name) -%}
        {{ return(false) }}
    {%- endif -%}
    {{ return(run_query(adapter.dispatch('time_zone_query')(name)).columns[0].values()[0]) }}
{%- endmacro %}

{% macro default__time_zone_query(name) -%}
    select count(*) > 0 as is_known from pg_timezone_names() where name = '{{ name }}'
{%- endmacro %}

{# BigQuery has no list of them; a conversion that it cannot do gives null. #}
{% macro bigquery__time_zone_query(name) -%}
    select safe.datetime(timestamp '2025-01-01 00:00:00', '{{ name }}') is not null as is_known
{%- endmacro %}
