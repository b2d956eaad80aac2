{# Whether a log line (with a `|` put before and after it) has a key more than once. #}
{% macro is_log_field_repeated(padded_line, key) -%}
    coalesce({{ dbt.split_part(padded_line, "'|" ~ key ~ "='", 3) }}, '') <> ''
{%- endmacro %}
