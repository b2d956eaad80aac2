{# Of the variables that decide what rows come out, those that decide what is in `base_` tables. #}
{% macro staging_variables() -%}
    {{ return([
        'raw_from', 'raw_schema', 'reporting_timezone', 'maximum_days_ahead_of_arrival', 'maximum_log_line_length', 'maximum_order_amount'
    ]) }}
{%- endmacro %}
