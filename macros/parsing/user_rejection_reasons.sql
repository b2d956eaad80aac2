{# The branches of a rejection `case` for a user id: missing, not an integer, or not one that INT64 and the platform allow. #}
{% macro user_rejection_reasons(user_text) -%}
    when {{ user_text }} is null then 'no_user'
        {{ user_value_rejection_reasons(user_text) }}
{%- endmacro %}

{# The same for sources where a record without a user is fine. #}
{% macro user_value_rejection_reasons(user_text) -%}
    when not {{ is_integer_text(user_text) }} then 'user_not_integer'
        when {{ user_text }} is not null and coalesce({{ cast_or_null(user_text, 'int64') }}, 0) <= 0 then 'user_out_of_range'
{%- endmacro %}
