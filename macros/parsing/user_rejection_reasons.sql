{# The branches of a rejection `case` for a user id: missing, not an integer, or not one that INT64 and the platform allow. #}
{% macro user_rejection_reasons(user_text, user_id) -%}
    when {{ user_text }} is null then 'no_user'
        {{ user_value_rejection_reasons(user_text, user_id) }}
{%- endmacro %}

{# The same for sources where a record without a user is fine. #}
{% macro user_value_rejection_reasons(user_text, user_id) -%}
    when {{ user_id }} is null and {{ user_text }} is not null
            then case when {{ is_integer_text(user_text) }} then 'user_out_of_range' else 'user_not_integer' end
        when {{ user_id }} <= 0 then 'user_out_of_range'
{%- endmacro %}
