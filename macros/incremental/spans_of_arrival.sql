{# Runs of minutes of arrival that have news: first minute, last minute (since the year 1) and number of records already known. #}
{% macro spans_of_arrival(raw) -%}
    {#- Since the year 1, for before 1970 a division would round the wrong way. -#}
    {%- set minute = integer_divide(unix_microseconds('loaded_at') ~ ' + 62135596800000000', 60000000) -%}
    {%- set kept_from = raw_kept_from() -%}
    {%- set query -%}
        with
        raw_minutes as (select {{ minute }} as minute_number, count(*) as record_count from {{ raw }} group by 1),
        known_minutes as (select {{ minute }} as minute_number, count(*) as record_count from {{ this }} group by 1),
        minutes as (
            select
                raw_minutes.minute_number,
                coalesce(known_minutes.record_count, 0) as known_count,
                raw_minutes.record_count > coalesce(known_minutes.record_count, 0)
                {%- if kept_from %}
                or raw_minutes.minute_number < {{ minutes_before(kept_from) }}
                {%- endif %} as has_news
            from raw_minutes
            left join known_minutes on raw_minutes.minute_number = known_minutes.minute_number
        ),
        numbered as (
            select
                *,
                row_number() over (order by minute_number)
                - row_number() over (partition by has_news order by minute_number) as span_number
            from minutes
        )
        select min(minute_number), max(minute_number), sum(known_count)
        from numbered
        where has_news
        group by span_number, minute_number is null
        order by 1
    {%- endset -%}
    {%- set spans = run_query(query).rows -%}
    {%- if spans | map(attribute=0) | select('none') | list -%}
        {%- do exceptions.raise_compiler_error(raw ~ ' has a record without loaded_at; each needs loaded_at, source_file and source_position.') -%}
    {%- endif -%}
    {{ return(spans) }}
{%- endmacro %}

{# A predicate: the time is within one of the spans. #}
{% macro arrived_within(spans, loaded_at) -%}
    {%- for first_minute, last_minute, known_count in spans -%}
        {{ loaded_at }} >= {{ start_of_minute(first_minute | int) }}
        and {{ loaded_at }} {{ before_minute(last_minute | int + 1) }}
        {{- ' or ' if not loop.last }}
    {%- else -%}
        false
    {%- endfor -%}
{%- endmacro %}

{# The start of a minute, counted since the year 1, as a timestamp literal. #}
{% macro start_of_minute(number) -%}
    timestamp '{{ (modules.datetime.datetime(1, 1, 1) + modules.datetime.timedelta(minutes=number)).isoformat(' ') }}'
{%- endmacro %}

{# The end of a predicate: before the start of a minute. The minute after the last of the year 9999 is no timestamp. #}
{% macro before_minute(number) -%}
    {%- if number < minutes_before('9999-12-31') + 1440 -%}
        < {{ start_of_minute(number) }}
    {%- else -%}
        <= {{ last_timestamp() }}
    {%- endif -%}
{%- endmacro %}

{# The number of minutes from the year 1 to the start of a day, given as text. #}
{% macro minutes_before(day) -%}
    {{ return((modules.datetime.date.fromisoformat(day) - modules.datetime.date(1, 1, 1)).days * 1440) }}
{%- endmacro %}
