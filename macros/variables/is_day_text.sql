{# Whether a value, as text, is a day of the calendar written like 2025-02-01. #}
{% macro is_day_text(value) -%}
    {%- set text = value | string -%}
    {%- if not modules.re.fullmatch('[1-9][0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])', text) -%}
        {{ return(false) }}
    {%- endif -%}
    {#- So many days after the end of the month before, which must still be in the month: a day that does not exist has no date object. -#}
    {%- set first = modules.datetime.date(text[:4] | int, text[5:7] | int, 1) -%}
    {{ return((first + modules.datetime.timedelta(days=text[8:] | int - 1)) | string == text) }}
{%- endmacro %}
