{# Text without spaces around it; nothing but spaces is null. Plain `trim` takes away other characters too, on each engine others. #}
{% macro text_or_null(column) -%}
    {{ return(adapter.dispatch('text_or_null')(column)) }}
{%- endmacro %}

{# Most texts have no spaces around them, and DuckDB tells that three times faster than it trims. #}
{% macro default__text_or_null(column) -%}
    case
        when starts_with(cast({{ column }} as string), ' ') or ends_with(cast({{ column }} as string), ' ')
            then nullif(trim(cast({{ column }} as string), ' '), '')
        else nullif(cast({{ column }} as string), '')
    end
{%- endmacro %}

{% macro bigquery__text_or_null(column) -%}
    nullif(trim(cast({{ column }} as string), ' '), '')
{%- endmacro %}
