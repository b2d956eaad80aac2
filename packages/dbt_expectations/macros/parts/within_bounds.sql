{# A condition that holds `expression` between the bounds; with `strictly` the bounds themselves are outside. #}
{% macro within_bounds(expression, min_value, max_value, strictly) %}
    {%- if min_value is none and max_value is none -%}
        {{ exceptions.raise_compiler_error("Give `min_value`, `max_value` or both.") }}
    {%- endif -%}
    {%- set or_equal = "" if strictly else "=" -%}
    {%- set bounds = [] -%}
    {%- for operator, bound in ((">", min_value), ("<", max_value)) if bound is not none -%}
        {%- do bounds.append([expression, operator ~ or_equal, bound] | join(" ")) -%}
    {%- endfor -%}
    ({{ bounds | join(" and ") }})
{%- endmacro %}
