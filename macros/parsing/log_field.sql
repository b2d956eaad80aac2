{#
    The value of a key in a log line; null where the line does not have the key, or has it without a value. The line comes with a `|`
    put before and after it, so that every field is `|key=value|`.
#}
{% macro log_field(padded_line, key) -%}
    nullif({{ dbt.split_part(dbt.split_part(padded_line, "'|" ~ key ~ "='", 2), "'|'", 1) }}, '')
{%- endmacro %}

{# Whether a log line (with a `|` put before and after it) has a key more than once. #}
{% macro is_log_field_repeated(padded_line, key) -%}
    coalesce({{ dbt.split_part(padded_line, "'|" ~ key ~ "='", 3) }}, '') <> ''
{%- endmacro %}
