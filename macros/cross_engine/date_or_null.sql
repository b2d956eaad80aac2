{# Text `YYYY-MM-DD` as a date; null where that is not a day of the calendar. #}
{% macro date_or_null(text) -%}
    {{ return(adapter.dispatch('date_or_null')(text)) }}
{%- endmacro %}

{# DuckDB's cast takes dates in other shapes; a date that is written back the same way had the right one. #}
{% macro default__date_or_null(text) -%}
    case
        when cast(try_cast({{ text }} as date) as string) = {{ text }} and {{ text }} between '0002' and '9999' and length({{ text }}) = 10
            then try_cast({{ text }} as date)
    end
{%- endmacro %}

{% macro bigquery__date_or_null(text) -%}
    case
        when {{ digits_masked(text) }} = '0000-00-00' and {{ text }} between '0002' and '9999'
            then safe_cast({{ text }} as date)
    end
{%- endmacro %}
