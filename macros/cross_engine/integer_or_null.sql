{# Text as INT64; null where it is not an optional sign and digits, or beyond INT64. #}
{% macro integer_or_null(text) -%}
    {{ return(adapter.dispatch('integer_or_null')(text)) }}
{%- endmacro %}

{# The first branch is the usual way to write a number and much cheaper to tell than the general rule. #}
{% macro default__integer_or_null(text) -%}
    case
        when cast(try_cast({{ text }} as int64) as string) = {{ text }} then try_cast({{ text }} as int64)
        when {{ is_integer_text(text) }} then try_cast({{ text }} as int64)
    end
{%- endmacro %}

{% macro bigquery__integer_or_null(text) -%}
    case when {{ is_integer_text(text) }} then safe_cast({{ text }} as int64) end
{%- endmacro %}
