{# A UTC timestamp as whole microseconds since 1970-01-01 (INT64): the one exact way to subtract times on every engine. #}
{% macro unix_microseconds(timestamp_at) -%}
    {{ on_engine(duckdb='epoch_us(' ~ timestamp_at ~ ')', bigquery='unix_micros(' ~ timestamp_at ~ ')') }}
{%- endmacro %}

{# The UTC timestamp that is so many microseconds after 1970-01-01, the reverse of unix_microseconds(). #}
{% macro timestamp_of_microseconds(microseconds) -%}
    {{ on_engine(duckdb='make_timestamp(' ~ microseconds ~ ')', bigquery='timestamp_micros(' ~ microseconds ~ ')') }}
{%- endmacro %}

{# The same; null where that is before the year 1 or after the year 9999, in which no timestamp of BigQuery or Python is. #}
{% macro timestamp_in_calendar(microseconds) -%}
    case when {{ microseconds }} between -62135596800000000 and 253402300799999999 then {{ timestamp_of_microseconds(microseconds) }} end
{%- endmacro %}

{# A number of seconds in microseconds, as a literal: DuckDB would multiply in 32 bits, where an hour is too much. #}
{% macro microseconds(seconds) -%}
    {{ (seconds | int) * 1000000 }}
{%- endmacro %}

{#
    The calendar date of a UTC timestamp in setting('reporting_timezone'). On the first and the last day of the calendar, where it may be none, it is
    the date in UTC.
#}
{% macro date_in_reporting_timezone(timestamp_at) -%}
    {%- set timezone = setting('reporting_timezone') -%}
    {%- set local_date = on_engine(
        duckdb='cast((' ~ timestamp_at ~ " at time zone 'UTC') at time zone '" ~ timezone ~ "' as date)",
        bigquery='date(' ~ timestamp_at ~ ", '" ~ timezone ~ "')"
    ) -%}
    {%- if timezone == 'UTC' -%}
        cast({{ timestamp_at }} as date)
    {%- else -%}
        case
            when {{ timestamp_at }} >= timestamp '0001-01-02 00:00:00' and {{ timestamp_at }} < timestamp '9999-12-31 00:00:00' then {{ local_date }}
            else cast({{ timestamp_at }} as date)
        end
    {%- endif -%}
{%- endmacro %}

{# A UTC timestamp as microseconds from 1970-01-01 to what the clocks of setting('reporting_timezone') showed then. #}
{% macro local_microseconds(timestamp_at) -%}
    {%- set timezone = setting('reporting_timezone') -%}
    {{ unix_microseconds(timestamp_at if timezone == 'UTC' else on_engine(
        duckdb='((' ~ timestamp_at ~ " at time zone 'UTC') at time zone '" ~ timezone ~ "')",
        bigquery='timestamp(datetime(' ~ timestamp_at ~ ", '" ~ timezone ~ "'))"
    )) }}
{%- endmacro %}

{# A date so many days later; earlier where the number is negative. Beyond the calendar it is the calendar's first or last day. #}
{% macro date_plus_days(date, days) -%}
    cast({{ plus_days('cast(' ~ date ~ ' as timestamp)', days) }} as date)
{%- endmacro %}

{# A timestamp so many seconds later; earlier where the number is negative. Beyond the calendar it is the calendar's first or last moment. #}
{% macro plus_seconds(timestamp_at, seconds) -%}
    {%- set seconds = seconds | int -%}
    {%- set edge = first_timestamp() if seconds < 0 else last_timestamp() -%}
    {%- set moved = shifted(timestamp_at, seconds) -%}
    case when {{ timestamp_at }} {{ '<' if seconds < 0 else '>' }} {{ shifted(edge, -seconds) }} then {{ edge }} else {{ moved }} end
{%- endmacro %}

{# The same where the result is known to be within the calendar. #}
{% macro shifted(timestamp_at, seconds) -%}
    {{ on_engine(
        duckdb='(' ~ timestamp_at ~ " + interval '" ~ seconds ~ " seconds')",
        bigquery='timestamp_add(' ~ timestamp_at ~ ', interval ' ~ seconds ~ ' second)'
    ) }}
{%- endmacro %}

{# A timestamp so many days (of 24 hours) later. #}
{% macro plus_days(timestamp_at, days) -%}
    {{ plus_seconds(timestamp_at, (days | int) * 86400) }}
{%- endmacro %}

{# The first moment of the year 1 and the last microsecond of the year 9999: BigQuery has no timestamp beyond them, nor has Python. #}
{% macro first_timestamp() -%}
    {{ return(timestamp_of_microseconds(-62135596800000000)) }}
{%- endmacro %}

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

{#
    Every date in setting('reporting_timezone') that a time between two others may have, in the same form. Where clocks go back over midnight, the later time
    may have the earlier date.
#}
{% macro each_date_of(first_at, last_at, column) -%}
    {%- set first_date, last_date = date_in_reporting_timezone(first_at), date_in_reporting_timezone(last_at) -%}
    {%- if setting('reporting_timezone') != 'UTC' -%}
        {%- set first_date, last_date = date_plus_days(first_date, -1), date_plus_days(last_date, 1) -%}
    {%- endif -%}
    {{ each_date_between(first_date, last_date, column) }}
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
