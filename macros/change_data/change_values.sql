{#
    Steps of change_records(), as common table expressions after `texts`: numbers, then what a number stands for, then the values, then those that stand
    for no value. In `judged` there are for each of `times` and `decimals` `<name>_value` and `is_<name>_placeholder`, and the place in the log.
#}
{% macro change_values(times, decimals, time_unit) -%}
    {%- set last_part = 'reverse(' ~ dbt.split_part('reverse(log_file_text)', "'.'", 1) ~ ')' %}
    numbers as (

        select
            *,
            coalesce(lsn_text, {{ part_of_form('sequence_text', '([0-9]+)[^0-9]*$') }}) as lsn_or_sequence_text,
            case when substr(changed_text, 5, 1) <> '-' then {{ integer_or_null('changed_text') }} end as changed_number,
            {%- for name in times %}
            case when substr({{ name }}_text, 5, 1) <> '-' then {{ integer_or_null(name ~ '_text') }} end as {{ name }}_number,
            {{ unit_of_times(name ~ '_type', time_unit) }} as {{ name }}_unit,
            {%- endfor %}
            {%- for name in decimals %}
            {{ integer_text_of_base64(name ~ '_bytes') }} as {{ name }}_unscaled_number,
            {{ integer_or_null(name ~ '_scale_text') }} as {{ name }}_scale_number,
            {%- endfor %}
            has_after and op_text in ('c', 'r', 'u') as has_columns
        from texts

    ),

    readings as (

        select
            *,
            {{ timestamp_or_epoch_or_null('changed_text', 'changed_number') }} as changed_at,
            {%- for name in times %}
            {{ microseconds_of_number(name ~ '_number', name ~ '_unit') }} as {{ name }}_microseconds,
            {%- endfor %}
            {%- for name in decimals %}
            case when {{ name }}_bytes is null then {{ name }}_text else {{ decimal_text(name ~ '_unscaled_number', name ~ '_scale_number') }} end
                as {{ name }}_decimal_text,
            {%- endfor %}
            case when lsn_or_sequence_text is null and log_file_text is not null then {{ last_part }} else '0' end as log_text,
            coalesce(lsn_or_sequence_text, case when log_file_text is not null then pos_text end) as offset_text,
            case when lsn_or_sequence_text is null then coalesce(row_text, '0') else '0' end as log_row_text
        from numbers

    ),

    found as (

        select
            *,
            {%- for name in times %}
            case
                when {{ name }}_number is null then {{ timestamp_or_null(name ~ '_text') }}
                when {{ name }}_unit = 'by_size' and not coalesce({{ is_near_in_time(name ~ '_microseconds', 'changed_at') }}, false) then null
                else {{ timestamp_in_calendar(name ~ '_microseconds') }}
            end as {{ name }}_value,
            {%- endfor %}
            {%- for name in decimals %}
            {{ decimal_or_null(name ~ '_decimal_text') }} as {{ name }}_value,
            {%- endfor %}
            {{ integer_or_null('log_text') }} as log_number,
            {{ integer_or_null('offset_text') }} as log_offset,
            {{ integer_or_null('log_row_text') }} as log_row
        from readings

    ),

    judged as (

        select
            {%- for name in times %}
            coalesce(has_columns and {{ is_placeholder_of_time(name) }}, false) as is_{{ name }}_placeholder,
            {%- endfor %}
            {%- for name in decimals %}
            coalesce(has_columns and lower({{ name }}_text) in ('nan', 'infinity', '-infinity'), false) as is_{{ name }}_placeholder,
            {%- endfor %}
            *
        from found

    )
{%- endmacro %}
