{# A UTC timestamp as whole microseconds since 1970-01-01 (INT64): the one exact way to subtract times on every engine. #}
{% macro unix_microseconds(timestamp_at) -%}
    {{ on_engine(duckdb='epoch_us(' ~ timestamp_at ~ ')', bigquery='unix_micros(' ~ timestamp_at ~ ')') }}
{%- endmacro %}

{# The UTC timestamp that is so many microseconds after 1970-01-01, the reverse of unix_microseconds(). #}
{% macro timestamp_of_microseconds(microseconds) -%}
    {{ on_engine(duckdb='make_timestamp(' ~ microseconds ~ ')', bigquery='timestamp_micros(' ~ microseconds ~ ')') }}
{%- endmacro %}

{# A number of seconds in microseconds, as a literal: DuckDB would multiply in 32 bits, where an hour is too much. #}
{% macro microseconds(seconds) -%}
    {{ (seconds | int) * 1000000 }}
{%- endmacro %}

{# The calendar date of a UTC timestamp in setting('reporting_timezone'). #}
{% macro date_in_reporting_timezone(timestamp_at) -%}
    {%- set timezone = setting('reporting_timezone') -%}
    {%- set local = timestamp_at if timezone == 'UTC' else '(' ~ timestamp_at ~ " at time zone 'UTC') at time zone '" ~ timezone ~ "'" -%}
    {{ on_engine(duckdb='cast(' ~ local ~ ' as date)', bigquery='date(' ~ timestamp_at ~ ", '" ~ timezone ~ "')") }}
{%- endmacro %}

{# A date so many days later. #}
{% macro date_plus_days(date, days) -%}
    {{ on_engine(duckdb='(' ~ date ~ ' + (' ~ days ~ '))', bigquery='date_add(' ~ date ~ ', interval ' ~ days ~ ' day)') }}
{%- endmacro %}

{#
    A timestamp so many seconds later; earlier where the number is negative. BigQuery, which would fail after the year 9999, gives its last
    timestamp then.
#}
{% macro plus_seconds(timestamp_at, seconds) -%}
    {%- set later = 'timestamp_add(' ~ timestamp_at ~ ', interval ' ~ seconds ~ ' second)' -%}
    {%- set is_beyond = timestamp_at ~ ' > timestamp_sub(' ~ last_timestamp() ~ ', interval ' ~ seconds ~ ' second)' -%}
    {{ on_engine(
        duckdb='(' ~ timestamp_at ~ " + interval '" ~ seconds ~ " seconds')",
        bigquery=later if (seconds | int) < 0 else 'case when ' ~ is_beyond ~ ' then ' ~ last_timestamp() ~ ' else ' ~ later ~ ' end'
    ) }}
{%- endmacro %}

{# The last microsecond of the year 9999: BigQuery has no later timestamp, nor has Python. #}
{% macro last_timestamp() -%}
    {{ return(timestamp_of_microseconds(253402300799999999)) }}
{%- endmacro %}

{# The later of two timestamps, of which one or both may be null: engines differ in what `greatest` makes of a null. #}
{% macro later_of(one_at, other_at) -%}
    coalesce(greatest({{ one_at }}, {{ other_at }}), {{ one_at }}, {{ other_at }})
{%- endmacro %}

{# Every date from one to another, both included, as something to cross join: a table with one column of the given name. #}
{% macro each_date_between(first_date, last_date, column) -%}
    {{ on_engine(
        duckdb='unnest(cast(generate_series(' ~ first_date ~ ', ' ~ last_date ~ ", interval '1 day') as date[])) as dates (" ~ column ~ ')',
        bigquery='unnest(generate_date_array(' ~ first_date ~ ', ' ~ last_date ~ ')) as ' ~ column
    ) }}
{%- endmacro %}

{# Whether the engine knows a time zone by this name. BigQuery has no list of them; a conversion that it cannot do gives null. #}
{% macro is_time_zone(name) -%}
    {%- set query = on_engine(
        duckdb="select count(*) > 0 as is_known from pg_timezone_names() where name = '" ~ name ~ "'",
        bigquery="select safe.datetime(timestamp '2025-01-01 00:00:00', '" ~ name ~ "') is not null as is_known"
    ) -%}
    {%- set is_name = modules.re.fullmatch('[A-Za-z][A-Za-z0-9/_+-]*', name) -%}
    {{ return(run_query(query).columns[0].values()[0] if is_name else false) }}
{%- endmacro %}
