{# The later of two timestamps, of which one or both may be null: engines differ in what `greatest` makes of a null. #}
{% macro later_of(one_at, other_at) -%}
    coalesce(greatest({{ one_at }}, {{ other_at }}), {{ one_at }}, {{ other_at }})
{%- endmacro %}
