{#
    The value of a key in a log line, or null where the line does not have the key. The line comes with a `|` put before and
    after it, so that every field is `|key=value|` and cost is linear without splitting into arrays.
#}
{% macro log_field(padded_line, key) -%}
    {%- set mark = "'|" ~ key ~ "='" -%}
    {%- set rest = "substr(" ~ padded_line ~ ", strpos(" ~ padded_line ~ ", " ~ mark ~ ") + " ~ (key | length + 2) ~ ")" -%}
    case when strpos({{ padded_line }}, {{ mark }}) > 0 then substr({{ rest }}, 1, strpos({{ rest }}, '|') - 1) end
{%- endmacro %}
