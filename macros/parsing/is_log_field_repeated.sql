{# Whether a log line (with a `|` put before and after it) has a key more than once. #}
{% macro is_log_field_repeated(padded_line, key) -%}
    {%- set mark = "'|" ~ key ~ "='" -%}
    strpos(substr({{ padded_line }}, strpos({{ padded_line }}, {{ mark }}) + 1), {{ mark }}) > 0
    and strpos({{ padded_line }}, {{ mark }}) > 0
{%- endmacro %}
