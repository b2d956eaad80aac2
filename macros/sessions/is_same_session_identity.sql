{# Whether two rows, by their aliases, belong to the same identity; null equals null. Plain equalities, so that engines can hash. #}
{% macro is_same_session_identity(left, right) -%}
    {%- set columns = var('session_identity_columns') -%}
    {%- for column in columns -%}
        coalesce(cast({{ left }}.{{ column }} as string), '') = coalesce(cast({{ right }}.{{ column }} as string), '')
        {{- ' and ' if not loop.last }}
    {%- endfor -%}
    {%- if 'user_id' in columns and 'device_id' not in columns %} and
        case when {{ left }}.user_id is null then {{ left }}.device_id else '' end
        = case when {{ right }}.user_id is null then {{ right }}.device_id else '' end
    {%- endif -%}
{%- endmacro %}
