{# Text `YYYY-MM-DD` as a date; null where that is not a day of the calendar. #}
{% macro date_or_null(text) -%}
    case
        when {{ digits_masked(text) }} = '0000-00-00' and substr({{ text }}, 1, 4) between '0002' and '9998'
            then {{ cast_or_null(text, 'date') }}
    end
{%- endmacro %}
