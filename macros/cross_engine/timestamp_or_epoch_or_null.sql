{#
    A time as services write it: ISO 8601 text, or a whole number of seconds, milliseconds or microseconds since 1970, told apart by
    its size. From 100,000,000 seconds (March 1973) on, each unit up to the year 5138, no number is good for two of them; smaller
    and larger ones are no times (null).
#}
{% macro timestamp_or_epoch_or_null(text) -%}
    {%- set number = integer_or_null(text) -%}
    case
        when ltrim({{ text }}, '0123456789') = ''
            then {{ timestamp_of_microseconds(
                'case '
                ~ 'when ' ~ number ~ ' between 100000000 and 99999999999 then ' ~ number ~ ' * 1000000 '
                ~ 'when ' ~ number ~ ' between 100000000000 and 99999999999999 then ' ~ number ~ ' * 1000 '
                ~ 'when ' ~ number ~ ' between 100000000000000 and 99999999999999999 then ' ~ number ~ ' end'
            ) }}
        else {{ timestamp_or_null(text) }}
    end
{%- endmacro %}
