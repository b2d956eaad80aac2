{# A period's total, or its natural logarithm, with null and 0 as 0. #}
{% macro metric_of(total, take_logs) -%}
    coalesce({{ "ln(nullif(" ~ total ~ ", 0))" if take_logs else total }}, 0)
{%- endmacro %}
