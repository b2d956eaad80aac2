{# Dates: in the time zone of reports, ranges of them, and the edges of the calendar. #}

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
