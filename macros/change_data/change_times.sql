{# Times that connectors write as numbers, or as what stands for no time. #}

{# The unit of a column's times that are numbers: what its type says, else what is given. #}
{% macro unit_of_times(type, unit) -%}
    case {{ type }}
                when 'io.debezium.time.Timestamp' then 'milliseconds'
                when 'org.apache.kafka.connect.data.Timestamp' then 'milliseconds'
                when 'io.debezium.time.MicroTimestamp' then 'microseconds'
                when 'io.debezium.time.NanoTimestamp' then 'nanoseconds'
                else '{{ unit }}'
            end
{%- endmacro %}

{# A number that is a time as microseconds since 1970; by its size it is of one unit at most. Null where it is of none. #}
{% macro microseconds_of_number(number, unit) -%}
    case
                when {{ number }} is null then null
                when {{ unit }} = 'microseconds' then {{ number }}
                when {{ unit }} = 'milliseconds'
                    then case when {{ number }} between -62135596800000 and 253402300799999 then {{ number }} * 1000 end
                when {{ unit }} = 'seconds' then case when {{ number }} between -62135596800 and 253402300799 then {{ number }} * 1000000 end
                when {{ unit }} = 'nanoseconds' then {{ integer_divide(number, 1000) }}
                else case length(cast({{ number }} as string))
                    {%- for length, scaled in {9: '* 1000000', 10: '* 1000000', 12: '* 1000', 13: '* 1000', 15: '* 1', 16: '* 1'}.items() %}
                    when {{ length }} then {{ number }} {{ scaled }}
                    {%- endfor %}
                    {%- for length in [18, 19] %} when {{ length }} then {{ integer_divide(number, 1000) }}{% endfor %} end
            end
{%- endmacro %}

{# Whether a time, as microseconds, is from 1990 to 50 years after the change: which one unit at most gives for a number. #}
{% macro is_near_in_time(microseconds, changed_at) -%}
    {{ microseconds }} between 631152000000000 and {{ unix_microseconds(changed_at) }} + 1577880000000000
{%- endmacro %}

{#
    Whether the time of a column stands for none: infinity as PostgreSQL's connector writes it in each of its modes, the last day of the calendar, which
    by its size could be read in a wrong unit, and MySQL's zero dates.
#}
{% macro is_placeholder_of_time(name) -%}
    {%- set text, number, value = name ~ '_text', name ~ '_number', name ~ '_value' -%}
    {%- set seconds -%}
        case length(cast({{ number }} as string))
            when 12 then {{ number }} when 15 then {{ integer_divide(number, 1000) }} when 18 then {{ integer_divide(number, 1000000) }} end
    {%- endset -%}
    case
                when {{ value }} is not null then {{ value }} >= timestamp '9999-12-31 00:00:00' or {{ value }} = timestamp '1970-01-01 00:00:00'
                when {{ text }} is null then false
                when {{ number }} = 0 or {{ number }} >= 9223372036800000000 or {{ number }} <= -9223372036800000000 then true
                when {{ name }}_unit = 'by_size' and {{ seconds }} between 253402214400 and 253402300799 then true
                else {{ has_form('lower(' ~ text ~ ')', '-?infinity|[-+][0-9]{6}-.*|0000-00-00.*') }}
            end
{%- endmacro %}
